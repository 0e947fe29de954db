public import Conversations
public import Foundation

/// A conversation as a document of JSON from which it can be had again: all branches, what every reply was drawn with,
/// and when what was said. Left out are the routing traces.
public struct ConversationDocument: Sendable, Hashable {
    /// The conversation; its messages have no traces.
    public var conversation: Conversation
    /// One line that says what it is about.
    public var title: String
    /// The name of the model it was begun with.
    public var modelName: String
    /// When it was first kept.
    public var created: Date
    /// When it changed last.
    public var updated: Date

    /// Creates a document.
    public init(
        _ conversation: Conversation, title: String, modelName: String, created: Date, updated: Date
    ) {
        self.conversation = conversation
        self.title = title
        self.modelName = modelName
        self.created = created
        self.updated = updated
    }

    /// What the field `format` says of such documents.
    public static let format = "fathom-conversation/1"

    /// The most messages that are read.
    public static let mostMessages = 100_000
    /// The longest text of a message that is read, and the longest system prompt, in bytes.
    public static let longestText = 16 << 20
    /// The greatest number of a message that is read.
    static let greatestNumber = Int(Int32.max)

    /// The document as JSON: one object, its keys in alphabetical order. Dates are in UTC, to the millisecond.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Numbers that JSON cannot have are left out of the fields before.
        guard let data = try? encoder.encode(ConversationFields(self)) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    /// Reads a document.
    ///
    /// - Throws: `TranscriptError` for the first fault.
    public init(json: String) throws(TranscriptError) {
        let fields: ConversationFields
        do {
            // What it is comes before what is in it.
            let format = try JSONDecoder().decode(FormatField.self, from: Data(json.utf8)).format
            guard format == Self.format else { throw TranscriptError.format(found: format) }
            fields = try JSONDecoder().decode(ConversationFields.self, from: Data(json.utf8))
        } catch {
            throw TranscriptError(error)
        }
        self = try fields.checked()
    }

    private struct FormatField: Decodable {
        let format: String
    }
}
