package import ContextCore
package import Embeddings

extension ContextError {
    /// Embedding errors in the words of the one table.
    package init(_ error: EmbeddingError) {
        switch error {
        case .overloaded: self.init(.overloaded, "\(error)".sentence, retryAfter: 1)
        case .modelUnavailable: self.init(.notConfigured, "\(error)".sentence)
        case .textRefused: self.init(.unprocessable, "\(error)".sentence, parameter: "input")
        case .providerFailed(_, let pause?):
            self.init(.overloaded, "\(error)".sentence, retryAfter: Int((pause / .seconds(1)).rounded(.up)))
        case .providerFailed, .providerUnusable, .modelChanged: self.init(.providerFailed, "\(error)".sentence)
        case .blankText, .tooManyTexts, .textTooLong:
            self.init(.invalidRequest, "\(error)".sentence, parameter: "input")
        }
    }
}

extension String {
    /// With a capital at the front and a full stop at the end.
    fileprivate var sentence: String {
        prefix(1).uppercased() + dropFirst() + (hasSuffix(".") ? "" : ".")
    }
}
