-- Forgets the findings of one business and UTC date that follow from what is loaded; those of the answer itself stay with their lane.
delete from clarity_findings
where
    business_id = $business_id and date = $date
    and code not in (
        -- generated: codes_of_answers
        'impossible_in_a_fold',
        'metric_unreadable',
        'rows_unreadable',
        'cell_unreadable',
        'metric_missing',
        'difference_below_zero',
        'query_routes',
        'hash_routes',
        'rows_not_recovered',
        'metric_unknown',
        'list_beside_dimensions',
        'other_hosts',
        'no_web_pages',
        'folded_upper_bound'
        -- end of what is generated
    )
