// Reads the JSON of a page's body, a long one where that keeps nobody waiting.
import SessionValues
import StrictJSON

/// A body that a page wrote, as far as it is a JSON object.
enum PageBody {
  /// The longest body in bytes that is read on the event loop.
  private static let shortBytes = 64 << 10

  /// The object in a body; nil where it is none.
  static func object(in body: [UInt8]) async -> JSONObject? {
    body.count <= shortBytes ? read(body) : await readElsewhere(body)
  }

  @concurrent private static func readElsewhere(_ body: [UInt8]) async -> JSONObject? { read(body) }

  private static func read(_ body: [UInt8]) -> JSONObject? { (try? JSONParser.parse(body))?.object }
}

extension Script {
  /// The most of a text or a URL, in characters, that the sessions are told: they count it, and the vendor gets all of it.
  /// No vendor takes a longer text.
  private static let countedCharacters = 64 << 10

  /// What a page wants said, in its own words.
  init(ofPage content: Content) {
    func start(_ text: String) -> String {
      text.utf8.count <= Self.countedCharacters ? text : String(text.unicodeScalars.prefix(Self.countedCharacters))
    }
    switch content {
    case .text(let text): self.init(.text(start(text)))
    case .ssml(let text): self.init(.ssml(start(text)))
    case .audio(let url): self.init(.audio(url: start(url)))
    }
  }
}
