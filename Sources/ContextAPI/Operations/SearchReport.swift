package import ContextCore
package import Retrieval

/// The answer of `POST /v1/search`, which `roost search --json` prints as well.
///
/// Written by hand: an encoder would take as long as both halves of the search by words.
package struct SearchReport: JSONWritable {
    private let outcome: SearchOutcome
    private let isExplained: Bool
    private let milliseconds: Double

    package init(_ outcome: SearchOutcome, explained: Bool, milliseconds: Double) {
        self.outcome = outcome
        isExplained = explained
        self.milliseconds = milliseconds
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("below_threshold", outcome.belowThreshold)
            if !outcome.degraded.isEmpty { json.member("degraded", outcome.degraded) }
            json.member("results", array: outcome.hits) { $1.write(to: &$0, explained: isExplained) }
            json.member("took_ms", milliseconds)
        }
    }
}

extension SearchHit {
    fileprivate func write(to json: inout JSONWriter, explained: Bool) {
        json.object { json in
            json.member("collection", passage.collection)
            if explained { json.member("explain", evidence) }
            json.member("id", passage.id)
            json.member("metadata", passage.metadata)
            json.member("score", score)
            json.member("source", passage.source)
            json.member("text", passage.text)
        }
    }
}

/// A half that did not find the passage says null.
extension Evidence: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("coverage", coverage)
            json.member("keyword_rank", keywordRank)
            json.member("keyword_score", keywordScore)
            json.member("vector_rank", vectorRank)
            json.member("vector_score", vectorScore)
        }
    }
}
