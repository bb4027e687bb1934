{{ roll_up_as_of('grid') }}
