//! The order in which the accounts of a rule are thought of. A pure function of the policy, the candidates and one random
//! number; whether a candidate can take the payment is asked later.

use super::decision::Taken;
use super::{Policy, Strategy};

/// An account of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its share under `load_balanced`, 0 to 100; 0 only as a fallback.
    pub weight: i64,
    /// Its recent success in thousandths.
    pub success_permille: i64,
}

/// Indexes into `candidates` in the order of thought, each with the reason for which it would be taken there.
pub fn rank(policy: &Policy, candidates: &[Candidate], random: u64) -> Vec<(usize, Taken)> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    match policy.strategy {
        Strategy::Rules => {}
        Strategy::SuccessRate => {
            let success = |index: &usize| candidates.get(*index).map_or(0, |candidate| candidate.success_permille);
            order.sort_by_key(|index| std::cmp::Reverse(success(index)));
            if i64::try_from(random % 100).unwrap_or(0) < policy.exploration_percent {
                let lucky = usize::try_from(random / 100 % order.len().max(1) as u64).unwrap_or(0);
                let (place, moved) = (lucky.min(order.len().saturating_sub(1)), order.len() > 1);
                if moved {
                    let index = order.remove(place);
                    order.insert(0, index);
                }
                return named(&order, Taken::Explored, Taken::BestSuccess);
            }
        }
        Strategy::LoadBalanced => order = by_weight(candidates, random),
    }
    match policy.strategy {
        Strategy::Rules => named(&order, Taken::Primary, Taken::NextInRule),
        Strategy::SuccessRate => named(&order, Taken::BestSuccess, Taken::BestSuccess),
        Strategy::LoadBalanced => named(&order, Taken::Weighted, Taken::Weighted),
    }
}

fn named(order: &[usize], first: Taken, rest: Taken) -> Vec<(usize, Taken)> {
    let reasons = std::iter::once(first).chain(std::iter::repeat(rest));
    order.iter().copied().zip(reasons).collect()
}

/// Draws without putting back; those of weight 0 come last, in the rule's order.
fn by_weight(candidates: &[Candidate], random: u64) -> Vec<usize> {
    let mut rest: Vec<(usize, u64)> = candidates
        .iter()
        .enumerate()
        .map(|(index, candidate)| (index, u64::try_from(candidate.weight).unwrap_or(0)))
        .collect();
    let mut order = Vec::with_capacity(rest.len());
    let mut random = random;
    loop {
        let total: u64 = rest.iter().map(|(_, weight)| weight).sum();
        if total == 0 {
            order.extend(rest.into_iter().map(|(index, _)| index));
            return order;
        }
        let mut drawn = random % total;
        random = random.rotate_right(17) ^ 0x9E37_79B9_7F4A_7C15;
        let place = rest.iter().position(|(_, weight)| {
            let here = drawn < *weight;
            drawn = drawn.saturating_sub(*weight);
            here
        });
        let (index, _) = rest.remove(place.unwrap_or(0));
        order.push(index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(strategy: Strategy, exploration_percent: i64) -> Policy {
        Policy {
            strategy,
            exploration_percent,
            ..Policy::default()
        }
    }

    fn candidate(weight: i64, success_permille: i64) -> Candidate {
        Candidate {
            weight,
            success_permille,
        }
    }

    /// Spread-out numbers: a multiplicative sequence.
    fn numbers() -> impl Iterator<Item = u64> {
        (1..=20_000_u64).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29))
    }

    fn firsts(policy: &Policy, candidates: &[Candidate]) -> Vec<usize> {
        let mut counts = vec![0; candidates.len()];
        for random in numbers() {
            let order = rank(policy, candidates, random);
            assert_eq!(order.len(), candidates.len());
            counts[order[0].0] += 1;
        }
        counts
    }

    #[test]
    fn rules_keep_their_order() {
        let three = [candidate(0, 0), candidate(90, 900), candidate(10, 999)];
        let order = rank(&policy(Strategy::Rules, 50), &three, 7);
        assert_eq!(
            order,
            [(0, Taken::Primary), (1, Taken::NextInRule), (2, Taken::NextInRule)]
        );
    }

    #[test]
    fn the_best_is_taken_but_for_the_share_that_explores() {
        let three = [candidate(0, 500), candidate(0, 950), candidate(0, 700)];
        let counts = firsts(&policy(Strategy::SuccessRate, 9), &three);
        // 91 % and a third of the rest go to the best; 3 % to each other.
        assert!((18_500..=19_100).contains(&counts[1]), "{counts:?}");
        assert!(
            (400..=800).contains(&counts[0]) && (400..=800).contains(&counts[2]),
            "{counts:?}"
        );
        assert_eq!(rank(&policy(Strategy::SuccessRate, 0), &three, 3)[1].0, 2);
    }

    #[test]
    fn weights_are_shares_and_zero_is_only_a_fallback() {
        let three = [candidate(70, 0), candidate(30, 0), candidate(0, 0)];
        let counts = firsts(&policy(Strategy::LoadBalanced, 0), &three);
        assert!((13_600..=14_400).contains(&counts[0]), "{counts:?}");
        assert_eq!(counts[2], 0);
        let none = [candidate(0, 0), candidate(0, 0)];
        assert_eq!(rank(&policy(Strategy::LoadBalanced, 0), &none, 5)[0].0, 0);
        assert!(rank(&policy(Strategy::LoadBalanced, 0), &[], 5).is_empty());
    }
}
