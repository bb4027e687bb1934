-- New tables get the rights that tables of the published schemas get.
do $$
declare
    published text;
    privilege record;
begin
    foreach published in array array['staging', 'marts'] loop
        execute format('create schema %I', 'next_' || published);
        for privilege in
            select
                case defaults.defaclobjtype when 'r' then 'tables' when 'f' then 'functions' end as objects,
                acl.privilege_type,
                acl.grantee::regrole::text as grantee
            from pg_default_acl as defaults
            cross join lateral aclexplode(defaults.defaclacl) as acl
            where
                defaults.defaclnamespace = published::regnamespace
                and defaults.defaclrole = current_user::regrole
                and defaults.defaclobjtype in ('r', 'f')
                and acl.grantee <> 0
        loop
            execute format(
                'alter default privileges in schema %I grant %s on %s to %s',
                'next_' || published, privilege.privilege_type, privilege.objects, privilege.grantee
            );
        end loop;
    end loop;
end $$;
