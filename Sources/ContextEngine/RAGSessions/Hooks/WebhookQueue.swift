/// Events that wait to be sent, oldest first; when full it takes no more.
struct WebhookQueue<Event: Sendable>: Sendable {
    let capacity: Int
    private var events: [Event] = []
    private var first = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    var count: Int { events.count - first }

    /// - Returns: whether there was room.
    mutating func append(_ event: Event) -> Bool {
        guard count < capacity else { return false }
        events.append(event)
        return true
    }

    mutating func next() -> Event? {
        guard first < events.count else { return nil }
        let event = events[first]
        first += 1
        // The part in front is given back once it is the larger one: each event is moved once, on average.
        if first * 2 >= events.count {
            events.removeFirst(first)
            first = 0
        }
        return event
    }
}
