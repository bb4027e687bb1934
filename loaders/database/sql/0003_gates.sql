-- What the rule asked for when it was applied: limits change, results stay.
alter table raw.gate_results add column words text not null default '';
comment on column raw.gate_results.words is 'What a good row is like, by the limits in force then.';
