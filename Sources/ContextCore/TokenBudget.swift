/// A number of tokens that can be spent but not overdrawn.
///
/// It is the only thing that shortens context: whatever does not fit was refused by a budget, and whoever asked it
/// reports what was left out.
package struct TokenBudget: Hashable, Sendable {
    package let limit: Int
    package private(set) var spent = 0

    /// A negative limit is no budget at all: nothing fits.
    package init(limit: Int) {
        self.limit = max(0, limit)
    }

    package var remaining: Int { limit - spent }

    package func fits(_ count: Int) -> Bool { count <= remaining }

    /// Spends `count` tokens and says `true`, or spends nothing and says `false`.
    package mutating func spend(_ count: Int) -> Bool {
        guard fits(count) else { return false }
        spent += count
        return true
    }
}
