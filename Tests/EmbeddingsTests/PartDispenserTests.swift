import Dispatch
import Synchronization
import Testing

@testable import Embeddings

@Suite struct PartDispenserTests {
    @Test func `a leader alone computes every part in order`() {
        let dispenser = PartDispenser(steps: 2, parts: 3)
        let record = Mutex<[String]>([])
        dispenser.lead { part, step in
            record.withLock { $0.append("\(step).\(part)") }
        } conclude: { step in
            record.withLock { $0.append("end \(step)") }
        }
        #expect(record.withLock(\.self) == ["0.0", "0.1", "0.2", "end 0", "1.0", "1.1", "1.2", "end 1"])
        #expect(dispenser.claim() == .over)
    }

    @Test func `a taken part is nobody else's, and the next step is closed until its leader opens it`() {
        let dispenser = PartDispenser(steps: 2, parts: 2)
        #expect(dispenser.claim() == .part(0, step: 0))
        #expect(dispenser.claim() == .part(1, step: 0))
        #expect(dispenser.claim() == .nothing)
    }

    @Test func `a helper that comes too late does nothing`() {
        let dispenser = PartDispenser(steps: 3, parts: 4)
        dispenser.lead { _, _ in
        } conclude: { _ in
        }
        dispenser.help { _, _ in Issue.record("there was nothing left to do") }
    }

    @Test func `a helper goes when its leader seems to be gone`() {
        let dispenser = PartDispenser(steps: 1, parts: 2)
        let done = Atomic(0)
        dispenser.help { _, _ in done.add(1, ordering: .relaxed) }
        #expect(done.load(ordering: .relaxed) == 2)
    }

    /// Each part adds what all parts of the step before have left, so a step that begins too early, a part that is
    /// computed twice, and one that is left out all change the sum.
    @Test(arguments: [1, 2, 4])
    func `with any number of helpers each part is computed once, after the whole step before`(helpers: Int) {
        let (steps, parts) = (200, 12)
        let dispenser = PartDispenser(steps: steps, parts: parts)
        let computed = (0..<steps).map { _ in Counter() }
        let early = Counter()
        let compute = { @Sendable (part: Int, step: Int) in
            if step > 0, computed[step - 1].value != parts { early.increment() }
            computed[step].increment()
        }
        let group = DispatchGroup()
        for _ in 0..<helpers {
            DispatchQueue.global().async(group: group) { dispenser.help(compute) }
        }
        dispenser.lead(compute) { step in
            if computed[step].value != parts { early.increment() }
        }
        group.wait()
        #expect(computed.allSatisfy { $0.value == parts })
        #expect(early.value == 0)
    }
}

private final class Counter: Sendable {
    private let count = Atomic(0)
    var value: Int { count.load(ordering: .relaxed) }
    func increment() { count.add(1, ordering: .relaxed) }
}
