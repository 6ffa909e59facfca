/// Why texts could not be embedded.
package enum EmbeddingError: Error, Equatable, CustomStringConvertible {
    /// A text without a single word piece: empty, or nothing but white space and control characters.
    case blankText(index: Int)
    case tooManyTexts(Int, limit: Int)
    case textTooLong(index: Int, bytes: Int, limit: Int)

    /// So many word pieces wait already that one more request would have to wait too long.
    case overloaded(waiting: Int, limit: Int)

    /// There is no model where one should be.
    case modelUnavailable(String)

    package var description: String {
        switch self {
        case .blankText(let index): "text \(index) is blank; there is nothing to embed"
        case .tooManyTexts(let count, let limit): "\(count) texts in one request; the limit is \(limit)"
        case .textTooLong(let index, let bytes, let limit): "text \(index) has \(bytes) bytes; the limit is \(limit)"
        case .overloaded(let waiting, let limit):
            "\(waiting) word pieces wait to be embedded; the limit is \(limit). Try again later"
        case .modelUnavailable(let reason): reason
        }
    }
}
