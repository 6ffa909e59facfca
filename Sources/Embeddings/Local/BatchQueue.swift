/// Which windows are computed next: the thinking half of ``LocalEmbedder``.
///
/// Requests take turns, one window each, until a batch is full. So a lone query that comes while a thousand pages
/// are being embedded is in the next batch, and two big requests advance alike; within a request the order is kept.
/// Sequences are not sorted by length, because a batch is packed without padding: mixed lengths cost nothing.
struct BatchQueue {
    typealias RequestID = UInt64

    /// One window of a request, by its position there.
    struct Item: Equatable {
        var request: RequestID
        var index: Int
    }

    /// Tokens in a batch, unless one window alone has more.
    private let batchTokens: Int

    /// Tokens that may wait.
    private let limit: Int

    private(set) var waitingTokens = 0
    private(set) var waitingWindows = 0

    /// The requests that still have windows here, in turn order starting at `turn`.
    private var order: [RequestID] = []
    private var turn = 0
    private var requests: [RequestID: Waiting] = [:]

    private struct Waiting {
        var lengths: [Int]
        var next = 0
    }

    init(batchTokens: Int, limit: Int) {
        self.batchTokens = batchTokens
        self.limit = limit
    }

    /// Whether the request was let in.
    ///
    /// An idle queue takes a request of any size.
    mutating func submit(_ request: RequestID, windowsOf lengths: [Int]) -> Bool {
        let tokens = lengths.reduce(0, +)
        guard waitingTokens == 0 || waitingTokens + tokens <= limit else { return false }
        guard !lengths.isEmpty else { return true }
        waitingTokens += tokens
        waitingWindows += lengths.count
        requests[request] = Waiting(lengths: lengths)
        order.append(request)
        return true
    }

    /// Takes out the next batch for one of `workers` that have nothing to do: not more than its share of what waits.
    mutating func nextBatch(sharedBy workers: Int) -> [Item] {
        let share = (waitingTokens + workers - 1) / max(workers, 1)
        let budget = min(batchTokens, share)
        var batch: [Item] = []
        var tokens = 0
        while let (request, length) = upNext, batch.isEmpty || tokens + length <= budget,
            let item = take(length, from: request)
        {
            batch.append(item)
            tokens += length
        }
        return batch
    }

    /// Forgets what waits of a request.
    mutating func remove(_ request: RequestID) {
        guard let waiting = requests.removeValue(forKey: request) else { return }
        let rest = waiting.lengths[waiting.next...]
        waitingTokens -= rest.reduce(0, +)
        waitingWindows -= rest.count
        if let position = order.firstIndex(of: request) { leave(position) }
    }

    private var upNext: (request: RequestID, length: Int)? {
        guard !order.isEmpty, let waiting = requests[order[turn]] else { return nil }
        return (order[turn], waiting.lengths[waiting.next])
    }

    private mutating func take(_ length: Int, from request: RequestID) -> Item? {
        guard let index = requests[request]?.next, let count = requests[request]?.lengths.count else { return nil }
        waitingTokens -= length
        waitingWindows -= 1
        if index + 1 < count {
            requests[request]?.next += 1
            turn = (turn + 1) % order.count
        } else {
            requests[request] = nil
            leave(turn)
        }
        return Item(request: request, index: index)
    }

    private mutating func leave(_ position: Int) {
        order.remove(at: position)
        if position < turn { turn -= 1 }
        if turn >= order.count { turn = 0 }
    }
}
