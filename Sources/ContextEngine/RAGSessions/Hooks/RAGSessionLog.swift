package import Runtime

/// Writes what happens to RAG sessions into the log.
package struct RAGSessionLog: RAGSessionHook {
    private let log: Log

    package init(log: Log) {
        self.log = log
    }

    package func receive(_ event: RAGSessionEvent) {
        let session = event.session
        let log = log.with([
            "session": session.id, "conversation": session.conversation, "user": session.subject, "host": session.host,
        ])
        switch event.kind {
        case .created: log.info(event.name, ["token": session.token, "collections": "\(session.collections.count)"])
        case .prompted(let record):
            log.info(event.name, ["outcome": record.outcome.rawValue, "code": record.code ?? "-"])
        case .expired: log.info(event.name, ["prompts": "\(session.prompts)"])
        case .ended(let reason): log.info(event.name, ["reason": reason.rawValue, "prompts": "\(session.prompts)"])
        }
    }
}
