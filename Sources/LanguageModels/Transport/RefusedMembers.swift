import Runtime
import Synchronization

/// A member of a request that some models take and others refuse.
package enum RequestMember: String, CaseIterable, Sendable {
    case temperature
    case topP = "top_p"

    /// Two names of the same limit: a model that refuses one takes the other.
    case maxTokens = "max_tokens"
    case maxCompletionTokens = "max_completion_tokens"
}

/// The members that a model has refused, and so is not sent again.
package struct RefusedMembers: Hashable, Sendable {
    private(set) var members: Set<RequestMember> = []

    package init(_ members: Set<RequestMember> = []) {
        self.members = members
    }

    package func contains(_ member: RequestMember) -> Bool { members.contains(member) }

    /// - Returns: whether the same request may fare better now: not when the member was left out already, or was the
    ///   last name of the limit.
    mutating func note(_ member: RequestMember) -> Bool {
        let changed = members.union([member])
        guard changed != members, !changed.isSuperset(of: [.maxTokens, .maxCompletionTokens]) else { return false }
        members = changed
        return true
    }

    /// Without what can simply be left out; the limit has another name, which is the format's own matter.
    func stripped(_ sampling: Sampling) -> Sampling {
        var sampling = sampling
        if contains(.temperature) { sampling.temperature = nil }
        if contains(.topP) { sampling.topP = nil }
        return sampling
    }
}

/// What was learned of one model at its provider, for as long as the process runs.
final class ProviderMemory: Sendable {
    private struct State {
        var refused = RefusedMembers()
        var countsTokens = true
    }

    private let name: ModelName
    private let log: Log
    private let metrics: Metrics
    private let state = Mutex(State())

    init(_ name: ModelName, log: Log, metrics: Metrics) {
        self.name = name
        self.log = log
        self.metrics = metrics
    }

    var refused: RefusedMembers { state.withLock(\.refused) }

    /// Whether the provider may be asked to count: not after it said that it can't.
    var countsTokens: Bool { state.withLock(\.countsTokens) }

    /// Remembers a refusal.
    ///
    /// - Returns: what to leave out of the same request now; `nil` when trying again is no use.
    func note(refusalOf member: RequestMember, in sent: RefusedMembers, _ message: String) -> RefusedMembers? {
        var changed = sent
        guard changed.note(member) else { return nil }
        let isNew = state.withLock { state in
            guard !state.refused.contains(member), state.refused.note(member) else { return false }
            return true
        }
        if isNew {
            log.warning(
                "a model refuses a parameter; it is not sent any more",
                ["model": "\(name)", "parameter": member.rawValue, "reason": message]
            )
        }
        metrics.counter(
            "roost_model_refused_parameters_total",
            "Requests that were sent again without a parameter that the model refuses.",
            ["model": "\(name)", "parameter": member.rawValue]
        ).increment()
        return changed
    }

    /// The provider has no way to count, so it isn't asked again.
    func noteCountingFailed(_ error: ModelError) {
        guard [404, 405, 501].contains(error.status) else { return }
        state.withLock { $0.countsTokens = false }
        log.info("a provider does not count tokens; prompts are measured here", ["model": "\(name)"])
    }
}
