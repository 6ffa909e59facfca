import Testing

@testable import Retrieval

@Suite struct TurnQueueTests {
    private enum Event {
        case change(String), search(String), leave
    }

    /// One line an event: what happened, and whose turn it is now.
    private func transcript(searchesPerTurn: Int = 8, _ events: [Event]) -> [String] {
        var queue = TurnQueue<String>(searchesPerTurn: searchesPerTurn)
        return events.map { event in
            switch event {
            case .change(let name): queue.arrive(.change(name)) ? "\(name) goes" : "\(name) waits"
            case .search(let name): queue.arrive(.search(name)) ? "\(name) goes" : "\(name) waits"
            case .leave:
                switch queue.leave() {
                case let next where next.isEmpty: queue.isTaken ? "lost" : "idle"
                case let next: next.joined(separator: " ")
                }
            }
        }
    }

    @Test func `who finds it idle goes at once`() {
        #expect(transcript([.search("a"), .leave, .change("b"), .leave]) == ["a goes", "idle", "b goes", "idle"])
    }

    @Test func `searches that wait next to each other go together, changes alone and in order`() {
        let events: [Event] = [
            .search("a"), .search("b"), .search("c"), .change("d"), .change("e"), .search("f"), .leave, .leave, .leave,
            .leave,
            .leave,
        ]
        #expect(
            transcript(events) == [
                "a goes", "b waits", "c waits", "d waits", "e waits", "f waits", "b c", "d", "e", "f", "idle",
            ]
        )
    }

    @Test func `who comes while others have the turn waits for the next`() {
        let events: [Event] = [.change("a"), .search("b"), .leave, .search("c"), .search("d"), .leave, .leave]
        #expect(transcript(events) == ["a goes", "b waits", "b", "c waits", "d waits", "c d", "idle"])
    }

    @Test func `a turn has a limit`() {
        let events: [Event] = [.search("a"), .search("b"), .search("c"), .search("d"), .leave, .leave, .leave]
        #expect(
            transcript(searchesPerTurn: 2, events) == ["a goes", "b waits", "c waits", "d waits", "b c", "d", "idle"]
        )
    }

    @Test func `those who are dismissed are not called again`() {
        var queue = TurnQueue<String>(searchesPerTurn: 8)
        _ = queue.arrive(.search("a"))
        _ = queue.arrive(.search("b"))
        _ = queue.arrive(.change("c"))
        #expect(queue.dismissAll() == ["b", "c"])
        #expect(queue.leave() == [])
        #expect(!queue.isTaken)
    }
}
