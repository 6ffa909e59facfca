package import ContextCore
import ContextEngine
import Embeddings
package import HTTP
import LanguageModels
package import Runtime
import SQL

/// Makes the answer to whatever went wrong.
///
/// Errors that this program foresees say what they say; everything else is logged with its details and answered with the
/// request id alone, because an unforeseen error may hold SQL, a path or a key.
package struct ErrorRenderer: Sendable {
    private let log: Log

    package init(log: Log) {
        self.log = log
    }

    package func render(_ error: any Error, for request: HTTPRequest?) -> HTTPResponse {
        if let error = error as? HTTPError { return render(error) }
        let foreseen = foreseen(error, request: request?.id)
        var response = response(foreseen.status, foreseen.content)
        if let seconds = foreseen.retryAfter { response.headers["Retry-After"] = "\(seconds)" }
        return response
    }

    /// - Parameter request: under which id the log knows it.
    func foreseen(_ error: any Error, request: String?) -> ContextError {
        switch error {
        case let error as ContextError: return error
        case let error as EmbeddingError: return ContextError(error)
        case let error as ModelFailure: return ContextError(error)
        case let error as ModelError: return ContextError(error)
        case let error as SQLError where error.isRetryable:
            return ContextError(.overloaded, "The database is busy. Try again in a moment.", retryAfter: 1)
        case let error as SQLError where error.kind == .full:
            log.error("the disk is full", ["error": "\(error)", "request": request ?? "-"])
            return ContextError(
                .overloaded,
                "The server's disk is full, so nothing was kept. Try again once it has space."
            )
        case let error as SQLError where error.kind == .constraint(.foreignKey):
            return ContextError(.conflict, "What this would belong to was deleted in the meantime. Nothing was kept.")
        case let error as ContextAPI.NotReady:
            log.error("the database does not answer", ["error": "\(error.reason)", "request": request ?? "-"])
            return ContextError(.overloaded, "The database does not answer. Try again in a moment.", retryAfter: 1)
        case is CancellationError:
            return ContextError(.clientClosedRequest, "The request was cancelled before it was answered.")
        default:
            log.error("unforeseen error", ["error": "\(error)", "request": request ?? "-"])
            let id = request.map { " Request \($0)." } ?? ""
            return ContextError(.internalError, "Something went wrong on the server; its log knows what.\(id)")
        }
    }

    /// The transport has its own statuses and headers; the types come from the one table.
    private func render(_ error: HTTPError) -> HTTPResponse {
        let kind = ContextError.Kind.allCases.first { ContextError($0, "").status == error.status.rawValue }
        let type = ContextError(kind ?? .invalidRequest, "").type
        var response = response(
            error.status.rawValue,
            ErrorBody.Content(message: error.message, type: type, code: error.code, param: nil)
        )
        for field in error.headers.fields { response.headers[field.name] = field.value }
        return response
    }

    private func response(_ status: Int, _ content: ErrorBody.Content) -> HTTPResponse {
        let fallback = HTTPResponse.json(Array(#"{"error":{"message":"internal error"}}"#.utf8), .internalServerError)
        return (try? .json(encoding: ErrorBody(error: content), HTTPStatus(rawValue: status))) ?? fallback
    }
}

extension ErrorBody {
    package init(_ error: ContextError) {
        self.init(error: error.content)
    }
}

extension ContextError {
    var content: ErrorBody.Content {
        ErrorBody.Content(message: message, type: type, code: code, param: parameter)
    }
}
