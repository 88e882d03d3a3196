"""The stories that cannot be told of somebody with nothing but a browser and a mailbox: by what is not there.

Each of them has to fail on the web: one that no longer does is to be taken from here.
"""

from __future__ import annotations

NOT_THERE = {
    "no channels are seen, and nothing is posted": {
        "test_channel_reminders.py::test_a_post_offers_no_registration_once_it_is_over",
        "test_channel_reminders.py::test_a_reminder_in_the_channel_says_that_the_doors_closed_early",
        "test_channel_reminders.py::test_a_reminder_in_the_channel_says_that_the_doors_have_closed_by_themselves",
        "test_channel_reminders.py::test_a_reminder_in_the_channel_says_that_the_house_is_full",
        "test_channel_reminders.py::test_a_reminder_in_the_channel_says_what_came_of_it[cancelled]",
        "test_channel_reminders.py::test_a_reminder_in_the_channel_says_what_came_of_it[moved]",
        "test_host.py::test_a_moved_start_tells_everyone_and_plans_again",
        "test_host.py::test_cancelling_asks_once_more_and_tells_everyone",
        "test_host.py::test_from_the_form_to_the_post",
        "test_host.py::test_the_channel_hears_once_and_each_finds_a_private_way_in",
        "test_log.py::test_an_evening_in_the_log",
        "test_meanwhile.py::test_a_move_says_from_when_on_each_ones_own_clock",
        "test_own_language.py::test_posts_for_everybody_stay_as_the_platform_shows_them",
        "test_parts.py::test_what_is_past_or_cancelled_is_not_counted",
        "test_second_thoughts.py::test_a_channel_that_refused_the_post_can_be_chosen_again",
        "test_team.py::test_it_is_posted_at_the_time_that_was_said",
    },
    "a page reads no sentences": {
        "test_private_line.py::test_who_comes_somewhere_is_offered_to_say_that_they_cannot",
        "test_private_line.py::test_words_in_the_private_line_are_met_once_a_day",
        "test_wrong_words.py::test_with_nothing_but_wrong_words_one_reaches_the_door",
    },
    "pages are where links lead, and one has them from the beginning": {
        "test_calendar_file.py::test_a_registration_comes_with_a_file",
    },
    "pressed twice on a page within seconds it is one press, and both are answered alike": {
        "test_connecting.py::test_the_question_is_for_one_person_once_and_for_a_while",
    },
    "a page shows what there is to press, and not what to type": {
        "test_help.py::test_the_example_is_a_gathering_that_is_there",
        "test_member.py::test_wrong_turns_lead_on[/htg help-/htg register [gathering]]",
    },
    "nobody has a private line; of a letter that came back the page tells in other words": {
        "test_member.py::test_closed_direct_messages_are_told_at_the_next_command",
    },
    "who registers by letter was reached by one": {
        "test_facilitators_evening.py::test_who_could_not_be_reached_at_all_is_counted_and_nobody_else",
    },
    "a letter cannot be changed": {
        "test_live_doors.py::test_the_message_of_half_an_hour_before_follows_the_doors_to_the_end",
        "test_live_doors.py::test_who_left_the_team_sees_no_more",
    },
    "facilitators are on another platform": {
        "test_team.py::test_an_id_means_somebody_on_ones_own_platform",
    },
    "whose page it is, and so its language, is known to the storage alone": {
        "test_own_language.py::test_a_chosen_language_is_the_language_of_what_goes_wrong",
    },
    "until a zone is known, times are the gathering's own, and nobody is asked": {
        "test_zone_asked.py::test_who_answers_is_not_asked_again",
        "test_zone_asked.py::test_who_lets_it_be_is_not_asked_again_either",
    },
}
