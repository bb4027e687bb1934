do $$
declare
    left_over text;
begin
    for left_over in
        select nspname
        from pg_namespace
        where nspname in ('next_staging', 'next_marts', 'old_staging', 'old_marts')
        order by nspname
    loop
        execute format('drop schema %I cascade', left_over);
    end loop;
end $$;
