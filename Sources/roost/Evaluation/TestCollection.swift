import ContextCore
import FoundationEssentials

/// Documents, queries and judgements in the layout of BEIR: `corpus.jsonl`, `queries.jsonl`, `qrels/test.tsv`.
struct TestCollection {
    struct Document: Decodable {
        let id: String
        let title: String?
        let text: String

        private enum CodingKeys: String, CodingKey {
            case title, text
            case id = "_id"
        }
    }

    struct Query: Decodable {
        let id: String
        let text: String

        private enum CodingKeys: String, CodingKey {
            case text
            case id = "_id"
        }
    }

    let documents: [Document]

    /// Those with at least one judgement, in the order of the file.
    let queries: [Query]

    /// Document by judgement, for each query.
    let judgements: [String: [String: Int]]

    init(directory: String) throws {
        judgements = try Self.judgements(directory + "/qrels/test.tsv")
        let judgements = judgements
        queries = try Self.lines(directory + "/queries.jsonl", as: Query.self).filter { judgements[$0.id] != nil }
        documents = try Self.lines(directory + "/corpus.jsonl", as: Document.self)
        guard !queries.isEmpty, !documents.isEmpty else {
            throw CommandFailure("\(directory) has no documents or no judged queries.")
        }
    }

    private static func lines<Record: Decodable>(_ path: String, as type: Record.Type) throws -> [Record] {
        var reader = try LineReader(path: path)
        let decoder = JSONDecoder()
        var records: [Record] = []
        var number = 0
        while let line = try reader.next() {
            number += 1
            guard !line.isEmpty else { continue }
            do {
                records.append(try decoder.decode(type, from: Data(line)))
            } catch let error as DecodingError {
                throw CommandFailure("\(path), line \(number): \(error.reason)")
            }
        }
        return records
    }

    /// Tab-separated: query, document, judgement; the first line is a heading.
    private static func judgements(_ path: String) throws -> [String: [String: Int]] {
        var reader = try LineReader(path: path)
        var judgements: [String: [String: Int]] = [:]
        var number = 0
        while let line = try reader.next() {
            number += 1
            let columns = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(String.init)
            guard number > 1, !columns.isEmpty else { continue }
            guard columns.count == 3, let judgement = Int(columns[2]) else {
                throw CommandFailure("\(path), line \(number): expected a query, a document and a whole number.")
            }
            judgements[columns[0], default: [:]][columns[1]] = judgement
        }
        return judgements
    }
}
