internal import CTransformerKernels
internal import Glibc
internal import Synchronization

/// Hands out the parts of one step after another to whoever comes.
///
/// One thread leads: it opens a step, takes parts itself, and when none are left waits for those that others took. Any
/// number of others may join and leave between two parts; the leader never waits for somebody to come. So a helper
/// costs nothing when it is late, and when the system takes its core away between two parts.
///
/// The state is one word, step << 32 | next part, changed by compare-and-swap: a claim for a step that is over fails,
/// as the word has changed, and no value returns because steps only grow. A part's results are published by
/// `finish()` and acquired by the leader, the leader's by opening the next step and acquired by the claim.
final class PartDispenser: Sendable {
    enum Claim: Equatable {
        case part(Int, step: Int)

        /// All parts of the open step are taken.
        case nothing

        case over
    }

    private let steps: Int
    private let parts: Int
    private let word = Atomic<UInt64>(0)

    /// Parts of all steps that others than the leader have finished.
    private let finished = Atomic<Int>(0)

    /// How often a waiting thread looks before it thinks that the other has lost its core: about 0.3 ms.
    private static let patience = 20_000

    /// Step 0 is open from the beginning.
    init(steps: Int, parts: Int) {
        self.steps = steps
        self.parts = parts
    }

    func claim() -> Claim {
        var seen = word.load(ordering: .acquiring)
        while true {
            let (step, part) = (Int(seen >> 32), Int(seen & 0xFFFF_FFFF))
            guard step < steps else { return .over }
            guard part < parts else { return .nothing }
            let result = word.compareExchange(
                expected: seen,
                desired: seen + 1,
                successOrdering: .acquiring,
                failureOrdering: .acquiring
            )
            if result.exchanged { return .part(part, step: step) }
            seen = result.original
        }
    }

    /// Goes through all steps as their leader; `conclude` runs when all parts of a step are finished.
    func lead(_ compute: (_ part: Int, _ step: Int) -> Void, conclude: (_ step: Int) -> Void) {
        var others = 0
        for step in 0..<steps {
            others += parts
            while case .part(let part, _) = claim() {
                compute(part, step)
                others -= 1
            }
            wait(for: others)
            conclude(step)
            word.store(UInt64(step + 1) << 32, ordering: .releasing)
        }
    }

    /// Takes parts until all steps are over, or until the leader seems to have lost its core.
    func help(_ compute: (_ part: Int, _ step: Int) -> Void) {
        var looks = 0
        while looks < Self.patience {
            switch claim() {
            case .part(let part, let step):
                compute(part, step)
                finished.wrappingAdd(1, ordering: .releasing)
                looks = 0
            case .nothing:
                transformer_pause()
                looks += 1
            case .over: return
            }
        }
    }

    private func wait(for count: Int) {
        var looks = 0
        while finished.load(ordering: .acquiring) < count {
            looks += 1
            if looks < Self.patience { transformer_pause() } else { sched_yield() }
        }
    }
}
