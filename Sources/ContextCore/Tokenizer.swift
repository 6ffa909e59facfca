/// Counts the tokens of texts at once, without asking anybody: what budgets are planned by.
package protocol Tokenizer: Sendable {
    /// As manifests name it.
    var name: String { get }

    /// What a count is multiplied by so that it is on the safe side, as long as nothing better was learned; 1 for an exact
    /// one.
    var margin: Double { get }

    /// Without ``margin``.
    func count(_ text: String) -> Int
}
