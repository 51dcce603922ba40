-- One column over another, each added up over the rows of a group: NULL where the divisor is 0 or unknown, or where a row has only
-- one of the two.
create or replace macro sum_over_sum(above, below) as
    case when count_if((above is null) <> (below is null)) = 0 and sum(below) > 0 then sum(above) / sum(below) end
