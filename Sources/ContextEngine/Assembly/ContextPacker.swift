package import ContextCore
package import KeywordSearch

/// Fills a token budget with passages, best first.
///
/// Pure: candidates in, decisions out. Each candidate is tried in the wanted form, then briefly, then skipped in favour of
/// smaller ones; a passage that is too big never ends the packing. Every candidate gets a decision, so nothing is left
/// out silently. Cost: one rendering and one count a candidate and form, and a signature comparison with each passage
/// that is in the pack or was sent.
package struct ContextPacker: Sendable {
    package struct Candidate: Sendable {
        package let passage: Passage
        package let signature: MinHashSignature
        package let isRelevant: Bool

        package init(passage: Passage, signature: MinHashSignature, isRelevant: Bool = true) {
            self.passage = passage
            self.signature = signature
            self.isRelevant = isRelevant
        }
    }

    package enum Decision: Hashable, Sendable {
        case included(PassageForm, tokens: Int)
        case alreadySent
        case belowThreshold
        case nearDuplicate(of: Int64)
        case overBudget(tokens: Int)
    }

    package struct Pack: Sendable {
        package fileprivate(set) var parts: [Part] = []
        package fileprivate(set) var decisions: [Decision] = []
        package fileprivate(set) var tokens = 0

        package var text: String { ContextPacker.join(parts.map(\.text)) }
    }

    package struct Part: Sendable {
        package let passage: Passage
        package let form: PassageForm
        package let signature: MinHashSignature
        package let text: String
        package let tokens: Int
    }

    private let renderer: PassageRenderer
    private let duplicateThreshold: Double
    private let count: @Sendable (String) -> Int

    /// - Parameter duplicateThreshold: estimated Jaccard similarity of word shingles from which two texts tell the same.
    package init(
        renderer: PassageRenderer,
        duplicateThreshold: Double,
        count: @escaping @Sendable (String) -> Int
    ) {
        self.renderer = renderer
        self.duplicateThreshold = duplicateThreshold
        self.count = count
    }

    package func pack(
        _ candidates: [Candidate],
        as form: PassageForm,
        within limit: Int,
        after delivered: DeliveryRecord
    ) -> Pack {
        var pack = Pack()
        var budget = TokenBudget(limit: limit)
        for candidate in candidates {
            pack.decisions.append(decide(candidate, as: form, pack: &pack, budget: &budget, delivered: delivered))
        }
        pack.tokens = count(pack.text)
        return pack
    }

    package static func join(_ parts: [String]) -> String {
        parts.joined(separator: separator)
    }

    /// Passages are separated by a blank line.
    private static let separator = "\n\n"

    private func decide(
        _ candidate: Candidate,
        as form: PassageForm,
        pack: inout Pack,
        budget: inout TokenBudget,
        delivered: DeliveryRecord
    ) -> Decision {
        let key = candidate.passage.key
        guard candidate.isRelevant else { return .belowThreshold }
        guard delivered.allows(key, as: form) else { return .alreadySent }
        if let twin = twin(of: candidate, as: form, in: pack, delivered) { return .nearDuplicate(of: twin) }
        let canFallBack = form > .brief && delivered.allows(key, as: .brief)
            && twin(of: candidate, as: .brief, in: pack, delivered) == nil
        let forms = canFallBack ? [form, .brief] : [form]
        var needed = 0
        for form in forms {
            let text = renderer.render(candidate.passage, as: form)
            let tokens = count(pack.parts.isEmpty ? text : Self.separator + text)
            if form == forms.first { needed = tokens }
            guard budget.spend(tokens) else { continue }
            pack.parts.append(
                Part(passage: candidate.passage, form: form, signature: candidate.signature, text: text, tokens: tokens)
            )
            return .included(form, tokens: tokens)
        }
        return .overBudget(tokens: needed)
    }

    private func twin(
        of candidate: Candidate,
        as form: PassageForm,
        in pack: Pack,
        _ delivered: DeliveryRecord
    ) -> Int64? {
        let packed = pack.parts.first {
            Double($0.signature.estimatedJaccard(candidate.signature)) >= duplicateThreshold
        }
        return packed?.passage.key
            ?? delivered.twin(
                of: candidate.signature,
                besides: candidate.passage.key,
                as: form,
                threshold: duplicateThreshold
            )
    }
}
