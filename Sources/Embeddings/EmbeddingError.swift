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

    /// The provider refuses this text, and would not refuse others: it is too long, in most cases.
    case textRefused(String, reason: String)

    /// The provider did not answer, or not with vectors; later it may.
    case providerFailed(String, retryAfter: Duration?)

    /// The provider refuses everything that is asked in this way: a wrong key, an unknown model.
    case providerUnusable(String)

    /// Under the model's name another one answers now.
    case modelChanged(String)

    /// Whether somebody else could have made the same vectors at this moment.
    package var isProviders: Bool {
        switch self {
        case .providerFailed, .providerUnusable, .modelChanged, .modelUnavailable: true
        case .blankText, .tooManyTexts, .textTooLong, .overloaded, .textRefused: false
        }
    }

    /// Whether it is no fault of the caller's: what is written can be kept without vectors, and searched for by words.
    package var canBeDoneWithout: Bool {
        if case .textRefused = self { true } else { isProviders }
    }

    /// Whether it is these texts' fault: others could be embedded at this moment.
    package var isTexts: Bool {
        switch self {
        case .blankText, .tooManyTexts, .textTooLong, .textRefused: true
        case .overloaded, .modelUnavailable, .providerFailed, .providerUnusable, .modelChanged: false
        }
    }

    /// Whether a query can be searched for by its words instead.
    ///
    /// A writer can wait for a busy embedder; who asks can't.
    package var leavesWords: Bool {
        if case .overloaded = self { true } else { canBeDoneWithout }
    }

    package var description: String {
        switch self {
        case .blankText(let index): "text \(index) is blank; there is nothing to embed"
        case .tooManyTexts(let count, let limit): "\(count) texts in one request; the limit is \(limit)"
        case .textTooLong(let index, let bytes, let limit): "text \(index) has \(bytes) bytes; the limit is \(limit)"
        case .overloaded(let waiting, let limit):
            "\(waiting) word pieces wait to be embedded; the limit is \(limit). Try again later"
        case .textRefused(let text, let reason):
            "the provider refuses the text of \(text.utf8.count) bytes that begins “\(text.prefix(60))”: \(reason)"
        case .modelUnavailable(let reason), .providerUnusable(let reason), .providerFailed(let reason, _): reason
        case .modelChanged(let name): "another model answers under the name of \(name): its vectors are not comparable"
        }
    }
}
