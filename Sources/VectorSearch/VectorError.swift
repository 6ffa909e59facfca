/// Why a vector, a query or a snapshot was refused.
package enum VectorError: Error, Equatable, Sendable {
    case wrongDimension(expected: Int, got: Int)
    /// NaN or an infinity among the numbers, or numbers so large that their squares overflow.
    case notFinite
    /// All zeros: there is no direction to compare.
    case zero
    /// A slot below 0 or not below the configured limit.
    case slotOutOfRange(slot: Int, limit: Int)
    /// Bytes that are no snapshot, a damaged one, or one of another version or dimension; the sentence says which.
    case badSnapshot(String)
}
