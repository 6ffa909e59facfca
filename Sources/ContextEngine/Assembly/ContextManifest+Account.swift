package import ContextCore
import Retrieval
import Runtime

extension ContextManifest {
    /// The account of `assembly` as the answer to `request`.
    package init(
        of assembly: ContextAssembler.Assembly,
        for request: ContextRequest,
        text: String,
        setting: Setting
    ) {
        let names = Dictionary(assembly.candidates.map { ($0.hit.passage.key, $0.hit.passage.id) }) { first, _ in first
        }
        self.init(
            id: Identifier.random("mf_"),
            createdAt: setting.now.iso8601,
            operation: "context/multi_turn",
            sessionID: setting.sessionID,
            turn: setting.turn,
            query: request.query,
            level: request.level,
            collections: setting.collections,
            filter: setting.filter,
            budget: request.maxTokens,
            tokens: assembly.pack.tokens,
            tokenizer: setting.tokenizer,
            embedder: setting.embedder,
            form: setting.form,
            rendering: setting.rendering,
            contextHash: SHA256.hexadecimal(of: text),
            candidates: zip(assembly.candidates, assembly.pack.decisions).enumerated().map { index, pair in
                Candidate(pair.0, pair.1, rank: index + 1, names: names)
            },
            suggestions: setting.suggestions
        )
    }

    /// What the manifest notes besides request and assembly.
    package struct Setting: Sendable {
        package var now: Timestamp
        package var sessionID: String
        package var turn: Int
        package var collections: [String]
        package var filter: JSONValue?
        package var tokenizer: String
        package var embedder: String?
        package var form: PassageForm
        package var rendering: PassageRenderer.Limits
        package var suggestions: [Suggestion]
    }

    package struct Omitted: Codable, Equatable, Sendable {
        package var alreadySent = 0
        package var overBudget = 0
        package var belowThreshold = 0
        package var nearDuplicate = 0

        private enum CodingKeys: String, CodingKey {
            case alreadySent = "already_sent"
            case overBudget = "over_budget"
            case belowThreshold = "below_threshold"
            case nearDuplicate = "near_duplicate"
        }
    }

    /// How many candidates were left out, by reason.
    package var omitted: Omitted {
        var omitted = Omitted()
        for candidate in candidates {
            switch candidate.reason {
            case "already_sent": omitted.alreadySent += 1
            case "over_budget": omitted.overBudget += 1
            case "below_threshold": omitted.belowThreshold += 1
            case "near_duplicate": omitted.nearDuplicate += 1
            default: break
            }
        }
        return omitted
    }
}

extension ContextManifest.Candidate {
    init(
        _ candidate: ContextAssembler.Candidate,
        _ decision: ContextPacker.Decision,
        rank: Int,
        names: [Int64: String]
    ) {
        let passage = candidate.hit.passage
        let evidence = candidate.hit.evidence
        self.init(
            id: passage.id,
            key: passage.key,
            collection: passage.collection,
            rank: rank,
            score: candidate.hit.score,
            vectorRank: evidence.vectorRank,
            vectorScore: evidence.vectorScore,
            keywordRank: evidence.keywordRank,
            keywordScore: evidence.keywordScore,
            included: false
        )
        switch decision {
        case .included(let form, let tokens):
            included = true
            contentHash = ContentHash.hexadecimal(of: passage)
            self.form = form
            self.tokens = tokens
        case .alreadySent: reason = "already_sent"
        case .belowThreshold: reason = "below_threshold"
        case .nearDuplicate(let key):
            reason = "near_duplicate"
            duplicateOf = names[key]
        case .overBudget(let tokens):
            reason = "over_budget"
            self.tokens = tokens
        }
    }
}
