import ContextAPI
import ContextCore
import ContextEngine
import Documents
import HTTP
import LanguageModels
import Retrieval
import Runtime
import SQL

/// Everything that can be set, with the defaults.
///
/// What a part understands itself is that part's own structure, so a default is written down once, where it is used.
/// ``Setting/all`` says under which keys and variables all of it is reached.
struct Configuration: Sendable {
    /// Where everything lies that Roost writes; not a key of the file, because the file is looked for here.
    var dataDirectory: String
    var homeDirectory = ""

    var server: ServerConfiguration
    var tls = TLSFiles()
    var log = LogSettings()
    var embeddings = EmbeddingSettings()
    var search = SearchSettings()
    var index = LiveIndex.Configuration()
    var context = ContextConfiguration()
    var passages = PassageLimits()
    var sessionVectors = SessionVectorLimits()
    var sockets = SocketConfiguration()
    var documents = DocumentLimits()
    var api = APILimits()

    /// Errors that nobody foresaw after which reading a document is given up.
    var uploadAttempts = UploadQueue.defaultAttempts

    /// `sqlite:PATH`, or of a server; `nil` is `roost.db` in the data directory.
    var databaseURL: Secret?
    var database = DatabaseConfiguration(.memory)

    /// Of the passages, if they lie elsewhere; `nil` is in the same database.
    var vectorDatabaseURL: Secret?

    var languageModel = LanguageModelSettings()
    var conversation = ConversationConfiguration()
    var conversationFiles = ConversationFiles()
    var summaryModel: String?
    var jobs = JobConfiguration()
    var compaction = CompactionConfiguration()
    var delegation = DelegationSettings()
    var ragSessions = RAGSessionConfiguration()
    var redisURL: Secret?

    init(dataDirectory: String) {
        self.dataDirectory = dataDirectory
        server = ServerConfiguration()
        server.port = 8092
    }
}

struct TLSFiles: Sendable {
    var certificate: String?
    var privateKey: String?
}

struct LogSettings: Sendable {
    var level = "info"
}

struct EmbeddingSettings: Sendable {
    var provider = "local"

    /// `nil` is the provider's default.
    var model: String?
    var endpoint: String?
    var apiKey: Secret?
    var apiVersion: String?

    /// Numbers of a vector that are asked for; `nil` takes the model's own.
    var dimensions: Int?
    var remote = RemoteEmbedderConfiguration()

    /// `nil` is `models/` and the model's name in the data directory, else in the home directory's `.roost`.
    var modelPath: String?
    var batchSize = 100
    var threads = 2
    var cacheDirectory: String?
    var limits = EmbeddingLimits()
}

struct SearchSettings: Sendable {
    var isEnabled = true
    var limit = 5
}

/// Who answers, and who does when that fails.
struct LanguageModelSettings: Sendable {
    var provider = "extractive"
    var apiKey: Secret?
    var model: String?

    /// A text or an object; ``fallbackAccess`` reads it.
    var fallback: JSONValue?
    var endpoint: String?
    var apiVersion: String?

    /// `nil` leaves it to the provider.
    var contextWindow: Int?

    /// `nil` leaves it to the model.
    var temperature: Double? = 0.7
    var maximumTokens = 4_096
    var timeoutSeconds = 30
    var retryAttempts = 3
    var concurrentRequests = RouterConfiguration().concurrentRequests
    var waitingRequests = RouterConfiguration().waitingRequests

    /// Sentences of an extractive answer.
    var answerSentences = 4

    /// A file of ranks in `tiktoken`'s format; `nil` estimates.
    var ranksPath: String?
    var splitPattern = SplitPattern.o200k.rawValue
    var accounting = TokenAccounting.Configuration()
}

/// By which keys delegation tokens are checked, and what else is asked of them.
struct DelegationSettings: Sendable {
    var secret: Secret?

    /// A file, which is read when its keys are needed.
    var keyPath: String?
    var tokens = DelegationConfiguration()
}

/// Read but without effect: conversations lie in the database.
struct ConversationFiles: Sendable {
    var persists = true
    var path: String?
}
