create or replace temporary view deliveries as select * from received
