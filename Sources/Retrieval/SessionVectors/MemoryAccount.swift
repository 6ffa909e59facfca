import Synchronization

/// Bytes that many owners hold together, under one cap.
final class MemoryAccount: Sendable {
    let limit: Int
    private let used = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    var bytes: Int { used.load(ordering: .relaxed) }

    /// Whether `bytes` more fitted under the cap; if not, nothing has changed.
    fileprivate func take(_ bytes: Int) -> Bool {
        var now = used.load(ordering: .relaxed)
        while now + bytes <= limit {
            let (exchanged, original) = used.compareExchange(
                expected: now,
                desired: now + bytes,
                ordering: .relaxed
            )
            if exchanged { return true }
            now = original
        }
        return false
    }

    fileprivate func add(_ bytes: Int) { used.wrappingAdd(bytes, ordering: .relaxed) }
}

/// What one owner has taken from an account; given back when the owner ends.
struct MemoryCharge: ~Copyable, Sendable {
    private let account: MemoryAccount
    private(set) var bytes = 0

    init(on account: MemoryAccount) { self.account = account }

    deinit { account.add(-bytes) }

    var limit: Int { account.limit }

    /// Whether the owner may hold `bytes` from now on; to hold less is always allowed.
    mutating func reserve(_ bytes: Int) -> Bool {
        if bytes <= self.bytes {
            settle(bytes)
        } else {
            guard account.take(bytes - self.bytes) else { return false }
            self.bytes = bytes
        }
        return true
    }

    /// The owner holds `bytes`, allowed or not.
    mutating func settle(_ bytes: Int) {
        account.add(bytes - self.bytes)
        self.bytes = bytes
    }
}
