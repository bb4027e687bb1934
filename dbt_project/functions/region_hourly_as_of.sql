{{ roll_up_as_of('region') }}
