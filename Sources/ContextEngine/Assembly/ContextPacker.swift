package import ContextCore
package import KeywordSearch

/// Fills a token budget with passages, best first.
///
/// Pure: candidates in, decisions out. Each candidate is tried in the wanted form, then briefly, then skipped in favour of
/// smaller ones; a passage that is too big never ends the packing. Every candidate gets a decision, so nothing is left
/// out silently. Cost: for each candidate that is relevant and new a signature, its comparison with each passage that is
/// in the pack or was sent, and one rendering and one count a form that is tried.
package struct ContextPacker: Sendable {
    package struct Candidate: Sendable {
        package let passage: Passage
        package let isRelevant: Bool

        package init(passage: Passage, isRelevant: Bool = true) {
            self.passage = passage
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
    private let tokensBeside: Int
    private let count: @Sendable (String) -> Int

    /// - Parameters:
    ///   - duplicateThreshold: estimated Jaccard similarity of word shingles from which two texts tell the same.
    ///   - tokensBeside: of what will stand beside each passage, as its number in a prompt.
    package init(
        renderer: PassageRenderer,
        duplicateThreshold: Double,
        tokensBeside: Int = 0,
        count: @escaping @Sendable (String) -> Int
    ) {
        self.renderer = renderer
        self.duplicateThreshold = duplicateThreshold
        self.tokensBeside = tokensBeside
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
        pack.tokens = count(pack.text) + pack.parts.count * tokensBeside
        return pack
    }

    package static func join(_ parts: [String]) -> String {
        parts.joined(separator: separator)
    }

    /// Passages are separated by a blank line.
    static let separator = "\n\n"

    private func decide(
        _ candidate: Candidate,
        as form: PassageForm,
        pack: inout Pack,
        budget: inout TokenBudget,
        delivered: DeliveryRecord
    ) -> Decision {
        let passage = candidate.passage
        guard candidate.isRelevant else { return .belowThreshold }
        guard delivered.allows(passage.key, as: form) else { return .alreadySent }
        let signature = MinHashSignature(of: passage.text)
        if let twin = twin(of: signature, in: pack) ?? sentTwin(of: signature, passage, as: form, delivered) {
            return .nearDuplicate(of: twin)
        }
        let whole = part(of: passage, signature, as: form, behind: pack)
        if budget.spend(whole.tokens) { return pack.append(whole) }
        let mayFallBack =
            form > .brief && delivered.allows(passage.key, as: .brief)
            && sentTwin(of: signature, passage, as: .brief, delivered) == nil
        guard mayFallBack else { return .overBudget(tokens: whole.tokens) }
        let brief = part(of: passage, signature, as: .brief, behind: pack)
        return budget.spend(brief.tokens) ? pack.append(brief) : .overBudget(tokens: whole.tokens)
    }

    private func part(
        of passage: Passage,
        _ signature: MinHashSignature,
        as form: PassageForm,
        behind pack: Pack
    ) -> Part {
        let text = renderer.render(passage, as: form)
        let tokens = count(pack.parts.isEmpty ? text : Self.separator + text) + tokensBeside
        return Part(passage: passage, form: form, signature: signature, text: text, tokens: tokens)
    }

    private func twin(of signature: MinHashSignature, in pack: Pack) -> Int64? {
        pack.parts.first { Double($0.signature.estimatedJaccard(signature)) >= duplicateThreshold }?.passage.key
    }

    private func sentTwin(
        of signature: MinHashSignature,
        _ passage: Passage,
        as form: PassageForm,
        _ delivered: DeliveryRecord
    ) -> Int64? {
        delivered.twin(of: signature, besides: passage.key, as: form, threshold: duplicateThreshold)
    }
}

extension ContextPacker.Pack {
    fileprivate mutating func append(_ part: ContextPacker.Part) -> ContextPacker.Decision {
        parts.append(part)
        return .included(part.form, tokens: part.tokens)
    }
}
