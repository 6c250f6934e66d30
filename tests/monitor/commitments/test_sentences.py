"""Sentences in GAO's manner, each labelled by hand with the date it promises, or none."""

from pathlib import Path

import pytest

from monitor.commitments.extract import standing_promise

PROMISED = {
    "The final rule is expected in summer 2026.": "summer 2026",
    "The system is expected in the fall of 2026, according to CBP officials.": "the fall of 2026",
    "Completion is anticipated in March 2027.": "March 2027",
    "The assessment is scheduled in early 2027.": "early 2027",
    "By the spring of 2027, TSA will update its cost estimate.": "the spring of 2027",
    "By December 2026, the Coast Guard plans to issue guidance on the register.": "December 2026",
    "By the end of fiscal year 2027, officials expect to have moved all.": "the end of fiscal year 2027",
    "No later than June 30, 2027, FEMA intends to publish the plan.": "June 30, 2027",
    "Before March 2027, the department expects to complete its review.": "March 2027",
    "According to FAA, by September 2027 it will have trained all inspectors.": "September 2027",
    "The Army stated that by July 2027 it will revise the manual.": "July 2027",
    "As of May 2026, CBP officials stated that they plan to finish by January 2027.": "January 2027",
    "DHS officials told us in April 2026 that the office will issue the directive by October 2026.": (
        "October 2026"
    ),
    "VA estimates that the schedule will be complete in the second quarter of fiscal year 2027.": (
        "the second quarter of fiscal year 2027"
    ),
    "The agency expects to fully implement the recommendation by the end of calendar year 2026.": (
        "the end of calendar year 2026"
    ),
    "IRS anticipates implementing this recommendation by November 15, 2026.": "November 15, 2026",
    "The estimated completion date is September 30, 2027.": "September 30, 2027",
    "Estimated completion date: December 31, 2026.": "December 31, 2026",
    "OMB is working to finalize the memorandum by winter 2027.": "winter 2027",
    "The bureau is on track to deploy the tool by mid-2027.": "mid-2027",
    "ICE extended its target completion date to March 31, 2027.": "March 31, 2027",
    "FEMA moved the completion date from Sept. 30, 2026 to July 2027.": "July 2027",
    "The Navy's goal is to close the gap by FY 2028.": "FY 2028",
    "HHS would finish the pilot by August 2027.": "August 2027",
    "The office expects the guidance to be published in late 2026.": "late 2026",
    "State said the bureau would provide updated metrics by April 2027.": "April 2027",
    "The next phase is due in February 2027.": "February 2027",
    "A draft is planned for January 2027.": "January 2027",
    "TSA will update its policy no later than Q3 FY27.": "Q3 FY27",
    "TSA plans to close this by the third quarter of FY27.": "the third quarter of FY27",
    "The rule was originally planned for June 2025, now expected in March 2027.": "March 2027",
    "The department's target date for completion is June 30, 2027.": "June 30, 2027",
    "The completion date has slipped to December 31, 2026.": "December 31, 2026",
    "The tool will reach full capability and end manual counts by May 2027.": "May 2027",
    "DHS plans to complete deployment between fiscal years 2027 and 2028.": "fiscal years 2027 and 2028",
    "OPM expects to complete the actions between June and September 2027.": "June and September 2027",
    "NASA expects to complete it in fiscal years 2027 through 2029.": "fiscal years 2027 through 2029",
    "VA anticipates the contract award in FY 2026-27.": "FY 2026-27",
    "The office will train staff in fiscal year 2027 and 12 regional teams.": "fiscal year 2027",
    "Upon completion, anticipated in June 2027, TSA will provide the report to us.": "June 2027",
    "The report (expected in August 2027) will describe the results.": "August 2027",
    "FEMA expects to finalize the framework in winter 2026-27.": "winter 2026-27",
    "Expected implementation date: Winter 2026/2027.": "Winter 2026/2027",
    "DHS changed its target date from June 30, 2026 to December 31, 2026.": "December 31, 2026",
    "The target date changed from March 2026 to September 2027.": "September 2027",
    "The date for full implementation changed to March 31, 2028.": "March 31, 2028",
    "The planned completion date for this action is March 31, 2028.": "March 31, 2028",
    "Treasury plans to provide documentation by 6/30/27.": "6/30/27",
    "ECD: 06/30/27": "06/30/27",
    "DHS will end the use of the legacy system by December 2027.": "December 2027",
    "The plan was to be issued by June 2026, but now is due by June 2027.": "June 2027",
}

NOBODYS = (
    "The bill would require the report by December 2026.",
    "The legislation would direct DHS to submit a strategy by March 2027.",
    "The Act requires the Secretary to report by June 2027.",
    "If enacted, the bill will require agencies to certify their inventories by January 2027.",
    "The National Defense Authorization Act for Fiscal Year 2026 directs the Army to report by March 2027.",
    "The law would mandate yearly counts by October 2027.",
    "A provision in the House bill would give the agency until December 2026 to comply.",
    "The proposed legislation would have agencies report by September 2027.",
    "By December 2026, the bill would require the department to report to Congress.",
    "By law, the department must report by January 2027.",
    "In summer 2025, TSA updated its cost estimate.",
    "By the spring of 2025, TSA had updated its cost estimate.",
    "By March 2026, the office had not provided documentation.",
    "As of August 2026, the agency has not implemented this recommendation.",
    "CBP issued the policy in May 2026.",
    "We will continue to monitor the agency's progress in 2027.",
    "GAO will follow up with the agency by March 2027.",
    "The agency no longer expects to finish by December 2026.",
    "Officials did not say whether the system will be finished by June 2027.",
    "The department originally planned to complete the work by September 2025.",
    "The Secretary should complete the assessment by December 2026.",
    "The contract was awarded in January 2026 and expires in 2031.",
    "S. 1234 would direct the agency to finish by December 2026.",
    "H.R. 55, if enacted, would require DHS to report by December 31, 2026.",
    "The Senate passed a bill in June 2026 that is expected to be enacted by December 2026.",
    "The program's authority will expire on September 30, 2027.",
    "The waiver is expected to lapse in June 2027.",
    "The pilot is scheduled to sunset on September 30, 2027.",
    "The measure is expected to become law by March 2027.",
    "The measure is expected to be signed into law in January 2027.",
    "The system is projected to cost $5 billion by 2030.",
    "DHS estimated that costs will reach $5 billion by 2030.",
    "The number of retirees is expected to double by 2040.",
    "The contract is scheduled to end in September 2027.",
    "The grant's period of performance will end on September 30, 2027.",
    "If Congress provides funding, DOD would complete the migration by fiscal year 2029.",
    "If the pilot succeeds, CBP plans to expand it by September 2028.",
    "Unless Congress acts, the office will close by September 30, 2027.",
    "According to SSA, the update was to be completed by September 2025.",
    "The audit, due in May 2026, was delayed because of staffing.",
    "The pilot, expected in 2024, has not begun.",
    "The data center is expected to serve users between fiscal years 2025 and 2035.",
    "The number of claims is projected to rise between 2026 and 2030.",
    "The original planned completion date for this action is March 31, 2025.",
    "The agency closed the finding on 6/30/26 and plans no further action.",
    "Our report of April 2026 found that costs were to be expected in any summer.",
)
# Further ones, a line each: the date | the sentence.
LABELED = [
    (sentence, date)
    for line in Path(__file__).with_name("sentences.txt").read_text("utf-8").splitlines()
    for date, _, sentence in [line.partition(" | ")]
]


@pytest.mark.parametrize(("sentence", "date"), LABELED)
def test_a_labeled_sentence_promises_what_its_label_says(sentence: str, date: str) -> None:
    promise = standing_promise(sentence)
    assert (promise.named if promise else "none") == date


@pytest.mark.parametrize(("sentence", "date"), PROMISED.items())
def test_a_date_that_somebody_looks_forward_to_is_read(sentence: str, date: str) -> None:
    promise = standing_promise(sentence)
    assert promise is not None
    assert promise.named == date


@pytest.mark.parametrize("sentence", NOBODYS)
def test_a_date_that_nobody_promises_is_not(sentence: str) -> None:
    assert standing_promise(sentence) is None


def test_there_are_at_least_fifty_sentences() -> None:
    assert len(PROMISED) + len(NOBODYS) >= 50
