package import ContextCore

/// Nobody answered: what each attempt failed of, in their order.
package struct ModelFailure: Error, CustomStringConvertible {
    package let failures: [ModelError]

    init(_ failures: [ModelError]) {
        self.failures = failures
    }

    /// The last failure of each model.
    package var description: String {
        var last: [ModelName: ModelError] = [:]
        for failure in failures { last[failure.model] = failure }
        let names = failures.map(\.model).reduce(into: [ModelName]()) { if !$0.contains($1) { $0.append($1) } }
        return names.compactMap { last[$0]?.description }.joined(separator: "; then ")
    }
}

extension ContextError {
    /// The kind of the last failure, and the words of all models that were asked.
    package init(_ failure: ModelFailure) {
        guard let last = failure.failures.last else {
            self.init(.providerFailed, "The model did not answer.")
            return
        }
        let error = ContextError(last)
        let isAlone = Set(failure.failures.map(\.model)).count == 1
        self.init(
            error.kind,
            isAlone ? error.message : "The model failed, and so did its fallback. \(failure).",
            retryAfter: error.retryAfter
        )
    }
}
