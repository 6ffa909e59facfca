import Testing

@testable import SQL

/// Resources are numbers, waiters are names.
@Suite struct PoolStateTests {
    @Test func `resources are made up to the maximum, then waiters are served in their order`() {
        var pool = PoolState<Int, String>(maximum: 2)
        #expect(pool.ask("ann") == "make")
        #expect(pool.ask("bob") == "make")
        #expect(pool.ask("cid") == "wait")
        #expect(pool.ask("dan") == "wait")
        #expect(pool.giveBack(1).text == "cid uses 1")
        #expect(pool.giveBack(2).text == "dan uses 2")
        #expect(pool.giveBack(1).text == "-")
        #expect(pool.ask("eve") == "use 1")
        #expect(pool.ask("fay") == "wait")
    }

    @Test func `who waits is not overtaken by who comes later`() {
        var pool = PoolState<Int, String>(idle: [1], maximum: 1)
        #expect(pool.ask("ann") == "use 1")
        #expect(pool.ask("bob") == "wait")
        #expect(pool.giveBack(1).text == "bob uses 1")
        #expect(pool.ask("cid") == "wait")
    }

    @Test func `a waiter that came after its ticket was passed over is served all the same`() {
        var pool = PoolState<Int, String>(idle: [1], maximum: 1)
        #expect(pool.ask("ann") == "use 1")
        let early = pool.takeTicket()
        #expect(pool.ask("bob") == "wait")
        #expect(pool.giveBack(1).text == "bob uses 1")
        pool.enqueue("cid", ticket: early)
        #expect(pool.giveBack(1).text == "cid uses 1")
    }

    @Test func `a resource that is lost lets the next waiter make one`() {
        var pool = PoolState<Int, String>(maximum: 1)
        #expect(pool.ask("ann") == "make")
        #expect(pool.ask("bob") == "wait")
        #expect(pool.giveUp().text == "bob makes")
        #expect(pool.giveUp().text == "-")
        #expect(pool.ask("cid") == "make")
    }

    @Test func `a cancelled waiter is skipped, and one that was served cannot be cancelled`() {
        var pool = PoolState<Int, String>(idle: [1], maximum: 1)
        #expect(pool.ask("ann") == "use 1")
        #expect(pool.ask("bob") == "wait")
        #expect(pool.ask("cid") == "wait")
        #expect(pool.cancel(0) == "bob")
        #expect(pool.cancel(0) == nil)
        #expect(pool.giveBack(1).text == "cid uses 1")
        #expect(pool.cancel(1) == nil)
        #expect(pool.ask("dan") == "wait")
        #expect(pool.giveBack(1).text == "dan uses 1")
    }

    @Test func `closing turns waiters away in their order and is done when all is back`() {
        var pool = PoolState<Int, String>(idle: [1], maximum: 1)
        #expect(pool.ask("ann") == "use 1")
        #expect(pool.ask("bob") == "wait")
        #expect(pool.ask("cid") == "wait")
        #expect(pool.close() == ["bob", "cid"])
        #expect(pool.ask("dan") == "closed")
        #expect(!pool.isDrained)
        #expect(pool.giveBack(1).text == "-")
        #expect(pool.isDrained)
        #expect(pool.takeIdle() == [1])
        #expect(pool.takeIdle() == [])
    }

    @Test func `whatever happens, nobody waits while there is something to lend, and nothing is lent twice`() {
        for seed in 0..<200 {
            var random = SplitMix(state: UInt64(seed))
            var pool = PoolState<Int, UInt64>(maximum: Int.random(in: 1...3, using: &random))
            var held: Set<Int> = []
            var waiting: [UInt64] = []
            var made = 0

            func take(_ grant: PoolState<Int, UInt64>.Grant) {
                switch grant {
                case .use(let resource): #expect(held.insert(resource).inserted)
                case .make:
                    made += 1
                    held.insert(made)
                }
            }
            func hand(_ handOver: PoolState<Int, UInt64>.HandOver?) {
                guard let handOver else { return #expect(waiting.isEmpty) }
                #expect(handOver.waiter == waiting.removeFirst())
                take(handOver.grant)
            }

            for _ in 0..<300 {
                switch Int.random(in: 0..<8, using: &random) {
                case 0..<4:
                    switch pool.demand() {
                    case .granted(let grant):
                        #expect(waiting.isEmpty)
                        take(grant)
                    case .wait:
                        let ticket = pool.takeTicket()
                        pool.enqueue(ticket, ticket: ticket)
                        waiting.append(ticket)
                    case .closed: Issue.record("nobody closed it")
                    }
                case 4..<6:
                    guard let resource = held.randomElement(using: &random) else { continue }
                    held.remove(resource)
                    hand(pool.giveBack(resource))
                case 6:
                    guard let resource = held.randomElement(using: &random) else { continue }
                    held.remove(resource)
                    hand(pool.giveUp())
                default:
                    guard let ticket = waiting.randomElement(using: &random) else { continue }
                    #expect(pool.cancel(ticket) == ticket)
                    waiting.removeAll { $0 == ticket }
                }
                #expect(pool.waiterCount == waiting.count)
            }
        }
    }
}

extension PoolState<Int, String> {
    /// What the shell does, in words.
    fileprivate mutating func ask(_ name: String) -> String {
        switch demand() {
        case .granted(.use(let resource)): return "use \(resource)"
        case .granted(.make): return "make"
        case .closed: return "closed"
        case .wait:
            enqueue(name, ticket: takeTicket())
            return "wait"
        }
    }
}

extension PoolState<Int, String>.HandOver? {
    fileprivate var text: String {
        switch self {
        case nil: "-"
        case .some(let handOver):
            switch handOver.grant {
            case .use(let resource): "\(handOver.waiter) uses \(resource)"
            case .make: "\(handOver.waiter) makes"
            }
        }
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
