import ContextCore
import ContextEngine
import LanguageModels
import Retrieval

/// What an answer was given, from its manifest, in lines for people.
struct ContextAccount: Sendable {
    let manifest: ContextManifest

    /// Of the passages that are still there, by key.
    let titles: [Int64: String]

    var lines: [String] {
        guard let prompt = manifest.prompt else { return [] }
        return [Self.tokens(prompt, budget: manifest.budget)] + Self.counts(prompt) + passages + Self.messages(prompt)
            + [prompt.summary.map { "summary   the conversation's summary \($0) stands before them" }].compactMap(
                \.self
            )
            + ["manifest  \(manifest.id)"]
    }

    private static func tokens(_ prompt: PromptAccount, budget: Int) -> String {
        let sources = PromptSource.allCases.filter { prompt.tokens[$0] > 0 }
            .map { "\($0.rawValue) \(prompt.tokens[$0])" }
        return "tokens    \(prompt.tokens.total) of \(budget), estimated: \(sources.joined(separator: ", "))"
    }

    /// What the provider counted beside what was foreseen.
    private static func counts(_ prompt: PromptAccount) -> [String] {
        let reported = prompt.reported
        let cached =
            "cached    \(prompt.predictedCachedTokens) predicted, "
            + (reported?.cachedInput.map { "\($0) reported" } ?? "none reported")
        let answer = [
            reported?.input.map { "\($0) of the prompt" }, reported?.output.map { "\($0) of the answer" },
        ].compactMap(\.self).joined(separator: ", ")
        return [
            "model     \(prompt.model ?? "did not answer")",
            "reported  \(answer.isEmpty ? "nothing" : "tokens: \(answer)")", cached,
        ]
    }

    private var passages: [String] {
        guard !manifest.candidates.isEmpty else { return ["passages  none was found"] }
        var number = 0
        let rows = manifest.candidates.map { candidate in
            if candidate.included { number += 1 }
            let place = candidate.included ? "[\(number)]" : "  –"
            let state =
                candidate.included
                ? "\(candidate.tokens ?? 0) tokens"
                : (candidate.reason ?? "").split(separator: "_").joined(separator: " ")
            let title =
                (titles[candidate.key] ?? "\(candidate.id), gone since")
                .split(whereSeparator: \.isNewline).first.map(String.init) ?? candidate.id
            return "  \(place.paddedLeft(to: 4))  \(Self.score(candidate.score))  \(state.padded(to: 15))"
                + "  \(title.clipped(to: 48))  (\(candidate.collection))"
        }
        return ["passages  \(number) of \(rows.count) that were looked at"] + rows
    }

    /// Two digits, also when the last is 0.
    private static func score(_ score: Double) -> String {
        let hundredths = Int((score * 100).rounded())
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }

    private static func messages(_ prompt: PromptAccount) -> [String] {
        let counts = [PromptAccount.Decision.included, .summarised, .overBudget, .empty].compactMap { decision in
            let count = prompt.messages.count { $0.decision == decision }
            return count > 0 ? "\(count) \(decision.words)" : nil
        }
        return ["messages  " + (counts.isEmpty ? "none before the question" : counts.joined(separator: ", "))]
    }
}

extension PromptAccount.Decision {
    fileprivate var words: String {
        switch self {
        case .included: "word for word"
        case .summarised: "in the summary"
        case .overBudget: "without room"
        case .empty: "without a word"
        }
    }
}
