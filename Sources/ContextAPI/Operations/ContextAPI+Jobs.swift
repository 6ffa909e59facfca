import ContextCore
import ContextEngine
import HTTP
import LanguageModels

/// Jobs: one operation with two bodies.
extension ContextAPI {
    func runJob(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let body = try request.decode(JobBody.self)
        let id = body.value.id ?? Identifier.random("job_")
        let job = try body.value.request
        if body.value.parameters?.stream ?? request.acceptsEvents {
            return stream(job, caller) { JobReport($0, id: id, at: caller.now, isLast: true) }.naming(body.ignored)
        }
        let result = try await engine.jobs.run(job, caller) { _ in }
        return try .json(encoding: JobReport(result, id: id, at: caller.now), ignored: body.ignored)
    }

    func infer(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let body = try request.decode(InferenceBody.self)
        let session = body.value.sessionID
        let job = try body.value.request
        if body.value.stream ?? request.acceptsEvents {
            return stream(job, caller) { InferenceReport($0, session: session, at: caller.now, isLast: true) }
                .naming(body.ignored)
        }
        let result = try await engine.jobs.run(job, caller) { _ in }
        return try .json(
            encoding: InferenceReport(result, session: session, at: caller.now),
            ignored: body.ignored
        )
    }

    /// Pieces, and a last event with the account.
    private func stream(
        _ job: JobRequest,
        _ caller: RequestContext,
        last: @escaping @Sendable (JobResult) -> some Encodable
    ) -> HTTPResponse {
        eventStream(caller) { writer in
            try await engine.jobs.run(job, caller) { event in
                switch event {
                case .queued(let position): try await writer.comment("queued, position \(position)")
                case .delta(let text, let tokens):
                    try await writer.send(try ServerSentEvent(nil, JobPiece(content: text, tokens: tokens)))
                case .done(let result): try await writer.send(try ServerSentEvent(nil, last(result)))
                }
            }
        }
    }
}
