import ContextCore
import ContextEngine
import HTTP

/// Makes less of a history: at once, or as a task whose progress can be asked for.
extension ContextAPI {
    func compactEmbeddings(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let body = try request.decode(EmbeddedHistoryBody.self)
        let messages = try HeldMessage.messages(body.value.messages, at: "messages")
        return try await compact(.embeddings(messages), ignored: body.ignored, request, caller)
    }

    func compactSummary(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let body = try request.decode(SummarizedHistoryBody.self)
        let messages = try HeldMessage.messages(body.value.messages, at: "messages")
        let work = CompactionWork.summary(messages, maxTokens: body.value.maxTokens?.value)
        return try await compact(work, ignored: body.ignored, request, caller)
    }

    private func compact(
        _ work: CompactionWork,
        ignored: [String],
        _ request: HTTPRequest,
        _ caller: RequestContext
    ) async throws -> HTTPResponse {
        if try request.flag("async") {
            let id = try await engine.compactionTasks.submit(work, caller)
            return try .json(encoding: ["task_id": id], .accepted, ignored: ignored)
        }
        let result = try await engine.compaction.perform(work, for: caller.principal.home.path)
        return .json(writing: result, capacity: result.byteEstimate, ignored: ignored)
    }

    /// As JSON; or, with `Accept: text/event-stream`, an event for each change until the task is over.
    func showTask(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let id = request.parameter("id")
        guard request.acceptsEvents else {
            let report = TaskReport(task: try await engine.compactionTasks.task(id, caller))
            return .json(writing: report, capacity: report.byteEstimate)
        }
        return eventStream(caller) { writer in
            try await engine.compactionTasks.follow(id, caller) { try await writer.send(TaskReport(task: $0).event) }
        }
    }
}

private struct EmbeddedHistoryBody: Decodable, KnownKeys {
    var messages: [HeldMessage]

    static let keys = ["messages"]
}

private struct SummarizedHistoryBody: Decodable, KnownKeys {
    var messages: [HeldMessage]
    var maxTokens: Fitting<Int>?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case messages
        case maxTokens = "max_tokens"
    }

    static var keys: [String] { CodingKeys.allCases.map(\.rawValue) }
}

/// How far a task is, and what came of it.
private struct TaskReport: JSONWritable {
    let task: CompactionTask

    var byteEstimate: Int { (task.result?.utf8.count ?? 0) + 512 }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("task_id", task.id)
            json.member("status", task.state.rawValue)
            json.member("progress", object: progress)
            if let result = task.result { json.member("result", json: result) }
            if let error = task.error { json.member("error") { error.content.write(to: &$0) } }
        }
    }

    /// The same as an event by the name of its status.
    var event: ServerSentEvent {
        var json = JSONWriter(capacity: byteEstimate)
        write(to: &json)
        return ServerSentEvent(data: String(decoding: json.bytes, as: UTF8.self), event: task.state.rawValue)
    }

    private func progress(_ json: inout JSONWriter) {
        json.member("done", task.done)
        json.member("total", task.total)
    }
}

extension ErrorBody.Content {
    /// The members of the one form of errors.
    fileprivate func write(to json: inout JSONWriter) {
        json.member("message", message)
        json.member("type", type)
        json.member("code", code)
        json.member("param", json: param.map { JSONValue.string($0).description } ?? "null")
    }
}
