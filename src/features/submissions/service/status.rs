//! The moves of a submission, all of them.

use crate::kernel::entity::submission::SubmissionStatus;

/// What somebody does to a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The customer hands the draft in.
    Submit,
    /// The desk says yes.
    Approve,
    /// The desk says no.
    Reject,
    /// The desk closes it.
    Complete,
    /// The customer takes it back.
    Cancel,
    /// The gate lets the vehicle in.
    CheckIn,
    /// A supervisor lets the vehicle in past what stops it at the gate.
    Override,
    /// The gate lets the vehicle out.
    CheckOut,
    /// The window has passed without entry.
    Expire,
}

impl SubmissionStatus {
    /// The status after `act`, if the act is possible; `inside` tells whether the vehicle is inside with
    /// this pass. No other function moves a submission.
    pub fn after(self, act: Act, inside: bool) -> Option<Self> {
        match (self, act, inside) {
            (Self::Draft, Act::Submit, false) => Some(Self::Pending),
            (Self::Pending, Act::Approve, false)
            | (Self::Approved, Act::CheckIn, false)
            | (Self::Approved | Self::Expired, Act::Override, false) => Some(Self::Approved),
            (Self::Pending | Self::Approved, Act::Reject, false) => Some(Self::Rejected),
            (Self::Pending | Self::Approved, Act::Cancel, false) => Some(Self::Cancelled),
            (Self::Pending | Self::Approved, Act::Expire, false) => Some(Self::Expired),
            (Self::Approved, Act::CheckOut, true) | (Self::Approved, Act::Complete, _) => {
                Some(Self::Completed)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::Iterable as _;

    use super::*;
    use Act::*;
    use SubmissionStatus::*;

    /// Every move there is; whatever is not here is refused.
    const MOVES: [(SubmissionStatus, Act, bool, SubmissionStatus); 14] = [
        (Draft, Submit, false, Pending),
        (Pending, Approve, false, Approved),
        (Pending, Reject, false, Rejected),
        (Pending, Cancel, false, Cancelled),
        (Pending, Expire, false, Expired),
        (Approved, CheckIn, false, Approved),
        (Approved, Override, false, Approved),
        (Approved, Reject, false, Rejected),
        (Approved, Cancel, false, Cancelled),
        (Approved, Complete, false, Completed),
        (Approved, Complete, true, Completed),
        (Approved, CheckOut, true, Completed),
        (Approved, Expire, false, Expired),
        (Expired, Override, false, Approved),
    ];

    #[test]
    fn a_submission_moves_as_the_table_says_and_no_other_way() {
        for status in SubmissionStatus::iter() {
            for act in [Submit, Approve, Reject, Complete, Cancel, CheckIn, Override, CheckOut, Expire] {
                for inside in [false, true] {
                    let expected = MOVES
                        .iter()
                        .find(|row| (row.0, row.1, row.2) == (status, act, inside))
                        .map(|row| row.3);
                    assert_eq!(status.after(act, inside), expected, "{status:?} {act:?} inside: {inside}");
                }
            }
        }
    }
}
