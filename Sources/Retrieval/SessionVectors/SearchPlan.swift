import ContextCore
import VectorSearch

/// One search on its way through passes over the rows; most need one pass.
///
/// The scan breaks ties by slot and the contract by id, so a list that is full may have cut a tie at its end: only hits above
/// its last score are certain. One more hit than is wanted nearly always settles it; where it doesn't, the next pass takes
/// all rows down to that score.
///
/// A filter works before the scan or after it. After, as long as the facets don't know its paths: the best hits of all rows are
/// asked for their metadata, which settles a filter that lets one row in twenty pass, and the metadata of the others is
/// never read. A narrower filter goes before the scan in the next pass, as a set of slots.
struct SearchPlan {
    enum FilterStage { case before, after }

    let request: SearchRequest
    private(set) var filterStage: FilterStage
    private(set) var width: Int
    private(set) var minimumScore: Float

    /// Best first; `nil` while passes are needed.
    private(set) var answer: [SessionVectors.Hit]?

    init(_ request: SearchRequest, facetsKnow: Bool) {
        self.request = request
        filterStage = request.filter == nil || facetsKnow ? .before : .after
        width = filterStage == .after ? 8 * request.count + 64 : request.count + 1
        minimumScore = request.minimumScore
    }

    /// The filter that the rows of the next pass must meet.
    var selection: MetadataFilter? { filterStage == .before ? request.filter : nil }

    /// Takes what a pass found, best first: an answer, or another plan.
    mutating func take(_ hits: [VectorHit], from passages: borrowing PassageTable) {
        let isWhole = hits.count < width
        let certain = isWhole ? hits[...] : hits.prefix { $0.score > hits[hits.count - 1].score }
        let passing = passing(certain, passages)
        if isWhole || passing.count >= request.count {
            answer = best(of: passing, passages)
        } else if filterStage == .after {
            filterStage = .before
            width = request.count + 1
        } else {
            minimumScore = hits[hits.count - 1].score
            width = .max
        }
    }

    /// Those that meet a filter that was not asked yet, as many as are needed.
    private func passing(_ hits: ArraySlice<VectorHit>, _ passages: borrowing PassageTable) -> [VectorHit] {
        guard filterStage == .after, let filter = request.filter else { return Array(hits) }
        var passing: [VectorHit] = []
        for hit in hits {
            if passing.count >= request.count, hit.score < passing[request.count - 1].score { break }
            if passages.meets(filter, at: hit.slot) { passing.append(hit) }
        }
        return passing
    }

    private func best(of hits: [VectorHit], _ passages: borrowing PassageTable) -> [SessionVectors.Hit] {
        // Ties that begin after the last place can't get in.
        let last = hits.prefix(request.count).last?.score ?? 0
        var ranked: [(id: ClientID, hit: VectorHit)] = []
        for hit in hits where hit.score >= last { ranked.append((passages.id(at: hit.slot), hit)) }
        ranked.sort { left, right in
            let scores = (request.reported(left.hit.score), request.reported(right.hit.score))
            return scores.0 != scores.1 ? scores.0 > scores.1 : left.id < right.id
        }
        return ranked.prefix(request.count).map { id, hit in
            .init(id: id, score: request.reported(hit.score), metadata: passages.metadata(at: hit.slot))
        }
    }
}

extension PassageTable {
    func meets(_ filter: MetadataFilter, at slot: Int) -> Bool {
        filter.matches(json(at: slot))
    }

    /// A text that is no JSON has nothing to be found by.
    func json(at slot: Int) -> JSONValue {
        withMetadata(at: slot) { JSONValue(text: $0) } ?? .emptyObject
    }
}
