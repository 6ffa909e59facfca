package import ContextCore
package import LanguageModels

/// Chooses what of a history, which the caller holds, goes into a prompt.
///
/// Pure: messages in, a selection out, the same for the same history.
///
/// Blank messages are dropped: they say nothing, and some providers refuse them. System messages stay. Of the others the newest are taken, by **exchanges**: a question with the answers to it goes in
/// or out together, because an answer without its question misleads. The first exchange that has no room ends the
/// history: a gap in the middle would mislead, too. There are two exceptions, in which an exchange is shortened instead:
/// the newest one, because without it there is no history at all, and one with a message so long that it could never
/// fit. The longest messages are shortened first, to one length (a "water level"), at a sentence and with a visible mark.
package struct HistoryWindow: Sendable {
    package struct Configuration: Sendable {
        /// Messages that are taken at most, system messages not counted.
        package var messages = 10

        /// Tokens below which a shortened message says too little to stay.
        package var shortestCut = 32

        package init() {}
    }

    package struct Selection: Sendable {
        /// As they stand in the prompt, in the order of the history.
        package fileprivate(set) var messages: [Message] = []

        /// Their places in the history.
        package fileprivate(set) var places: [Int] = []
        package fileprivate(set) var tokens = 0
        package fileprivate(set) var shortened = 0
        package fileprivate(set) var dropped = 0
    }

    private let configuration: Configuration
    private let meter: TokenMeter

    package init(configuration: Configuration = Configuration(), meter: TokenMeter) {
        self.configuration = configuration
        self.meter = meter
    }

    /// Counts no more messages than it must: the system's, and the newest up to the first that has no room.
    ///
    /// - Parameter limit: tokens of all messages that are taken, with what a chat format adds to each.
    package func select(from history: [Message], within limit: Int) -> Selection {
        var budget = TokenBudget(limit: limit)
        var taken: [Int: Message] = [:]
        let places = history.indices.filter { history[$0].text.contains { !$0.isWhitespace } }
        for place in places where history[place].role == .system {
            taken[place] = stay(history[place], &budget)
        }
        let room = budget.remaining
        var count = 0
        for exchange in exchanges(of: places.filter { history[$0].role != .system }, in: history).reversed() {
            let messages = exchange.map { history[$0] }
            guard count + exchange.count <= configuration.messages,
                let fitting = fit(messages, &budget, of: room, isNewest: count == 0)
            else { break }
            for (place, message) in zip(exchange, fitting) { taken[place] = message }
            count += exchange.count
        }
        return selection(of: taken, from: history, tokens: budget.spent)
    }

    private func cost(_ message: Message) -> Int { meter.count(message) }

    /// Places of messages that belong together; no exchange has more than the window takes.
    private func exchanges(of places: [Int], in history: [Message]) -> [[Int]] {
        var exchanges: [[Int]] = []
        for place in places {
            let isFull = exchanges.last.map { $0.count >= configuration.messages } ?? true
            if history[place].role == .user || isFull {
                exchanges.append([place])
            } else {
                exchanges[exchanges.count - 1].append(place)
            }
        }
        return exchanges
    }

    /// A system message, shortened if it must be; `nil` where nothing is left for it.
    private func stay(_ message: Message, _ budget: inout TokenBudget) -> Message? {
        if budget.spend(cost(message)) { return message }
        guard let cut = shortened(message, to: budget.remaining), budget.spend(cost(cut)) else { return nil }
        return cut
    }

    /// - Parameter room: tokens of the whole history.
    private func fit(
        _ exchange: [Message],
        _ budget: inout TokenBudget,
        of room: Int,
        isNewest: Bool
    ) -> [Message]? {
        let costs = exchange.map(cost)
        if budget.spend(costs.reduce(0, +)) { return exchange }
        guard isNewest || costs.contains(where: { $0 > room }) else { return nil }
        let level = Self.level(costs, within: budget.remaining)
        var fitting: [Message] = []
        for (message, cost) in zip(exchange, costs) {
            guard let cut = cost <= level ? message : shortened(message, to: level) else { return nil }
            fitting.append(cut)
        }
        return budget.spend(fitting.reduce(0) { $0 + self.cost($1) }) ? fitting : nil
    }

    /// The cost to which the largest have to come down so that all together are within `limit`.
    private static func level(_ costs: [Int], within limit: Int) -> Int {
        var rest = limit
        for (index, cost) in costs.sorted().enumerated() {
            let share = rest / (costs.count - index)
            guard cost <= share else { return share }
            rest -= cost
        }
        return limit
    }

    private func shortened(_ message: Message, to tokens: Int) -> Message? {
        guard tokens >= configuration.shortestCut,
            let text = SentenceCut.leading(
                message.text,
                within: tokens - meter.perMessage,
                count: { meter.count($0) }
            )
        else { return nil }
        return Message(message.role, text)
    }

    private func selection(of taken: [Int: Message], from history: [Message], tokens: Int) -> Selection {
        var selection = Selection()
        selection.places = taken.keys.sorted()
        selection.messages = selection.places.compactMap { taken[$0] }
        selection.tokens = tokens
        selection.shortened = selection.places.count { taken[$0] != history[$0] }
        selection.dropped = history.count - taken.count
        return selection
    }
}
