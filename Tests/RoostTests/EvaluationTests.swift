import Retrieval
import Runtime
import TestSupport
import Testing

@testable import roost

struct EvaluationTests {
    @Test func `a perfect ranking is worth one`() {
        let measures = RankingMeasures(ranking: ["a", "b", "c"], judgements: ["a": 2, "b": 1, "c": 0])
        #expect(measures == RankingMeasures(ranking: ["a", "b"], judgements: ["a": 2, "b": 1]))
        #expect(measures.ndcg == 1 && measures.recall == 1 && measures.reciprocalRank == 1)
    }

    /// By hand: gains 0, 1, 2 give 1/log₂3 + 2/log₂4 = 1.63093; the best is 2/log₂2 + 1/log₂3 = 2.63093.
    @Test func `gains are discounted by the logarithm of the rank`() {
        let measures = RankingMeasures(ranking: ["x", "b", "a"], judgements: ["a": 2, "b": 1])
        #expect(abs(measures.ndcg - 0.619906) < 1e-6)
        #expect(measures.reciprocalRank == 0.5)
        #expect(measures.recall == 1)
    }

    @Test func `what stands behind the tenth place does not count`() {
        let ranking = (0..<10).map { "x\($0)" } + ["a"]
        let measures = RankingMeasures(ranking: ranking, judgements: ["a": 1])
        #expect(measures.ndcg == 0 && measures.recall == 0 && measures.reciprocalRank == 0)
    }

    @Test func `judgements below one are not relevant`() {
        let measures = RankingMeasures(ranking: ["n", "a"], judgements: ["n": -1, "z": 0, "a": 1])
        #expect(measures.reciprocalRank == 0.5 && measures.recall == 1)
        #expect(RankingMeasures(ranking: ["n"], judgements: ["n": 0]).ndcg == 0)
    }

    @Test func `a test collection in BEIR's layout is indexed and measured`() async throws {
        try await withTemporaryDirectory { directory in
            try write(
                #"{"_id": "1", "title": "Trains", "text": "The train to Bremen."}"# + "\n"
                    + #"{"_id": "2", "title": "", "text": "Cats sleep all day."}"# + "\n",
                to: directory + "/corpus.jsonl"
            )
            try write(
                #"{"_id": "q1", "text": "when do cats sleep"}"# + "\n" + #"{"_id": "q2", "text": "elephants"}"# + "\n"
                    + #"{"_id": "unjudged", "text": "trains"}"# + "\n",
                to: directory + "/queries.jsonl"
            )
            try write("query-id\tcorpus-id\tscore\nq1\t2\t1\nq2\t1\t1\n", to: directory + "/qrels/test.tsv")
            let tests = try TestCollection(directory: directory)
            try await withRoost(configuration(in: directory), log: .disabled) { roost in
                let terminal = Terminal(environment: Environment([:]))
                let report = try await Evaluation(tests, in: roost, terminal).measure(.keyword, roost)
                #expect(report.queries == 2 && report.documents == 2)
                #expect(report.ndcg == 0.5 && report.recall == 0.5 && report.reciprocalRank == 0.5)
            }
        }
    }

    @Test(arguments: [(0.5, 50.0), (0.99, 99), (1, 100), (0, 1), (0.001, 1)])
    func `percentiles are samples, by nearest rank`(share: Double, value: Double) {
        #expect(Percentiles((1...100).shuffled().map(Double.init))[share] == value)
        #expect(Percentiles([])[share] == 0)
    }
}
