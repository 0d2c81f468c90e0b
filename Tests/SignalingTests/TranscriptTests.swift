// Every line of every golden transcript goes through the codec.
import Signaling
import StrictJSON
import Testing

@Suite("Golden transcripts")
struct TranscriptTests {
  static let files = (try? Fixtures.names(in: Transcript.folder, endingWith: ".jsonl")) ?? []

  @Test("every flow has its transcript")
  func flows() throws {
    let flows = [
      "client-offers", "close-idempotent", "close-overtakes", "conflict-and-stale-ids", "did-interrupt-channel", "did-interrupt-pending",
      "did-talk", "draining", "errors", "expiring-and-idle", "heygen-interrupt", "heygen-talk", "provider-limit",
      "resume-late", "resume-replay", "resume-resync",
      "resume-takeover", "room-grant", "streamed-interrupted", "streamed-resumed", "streamed-talk",
    ]
    #expect(Set(Self.files).isSuperset(of: flows.map { "\($0).jsonl" }))
    for file in Self.files { #expect(try "\(Transcript(file: file).name).jsonl" == file) }
  }

  @Test("what the client sends decodes, and encodes to what it was", arguments: files)
  func client(file: String) throws {
    for line in try Transcript(file: file).lines where line.isFromClient && line.refused == nil {
      guard case .request(let request) = SignalingCodec.decode(line.text) else {
        Issue.record("\(file):\(line.number): refused: \(SignalingCodec.decode(line.text))")
        continue
      }
      #expect(SignalingCodec.decode(request.json.serialized) == .request(request), "\(file):\(line.number)")
      if !Self.isEmptyCandidate(line.message), line.message?["method"] != "ping" {
        #expect(request.json == line.message, "\(file):\(line.number)")
      }
    }
  }

  @Test("what is refused is refused as the transcript says", arguments: files)
  func refusals(file: String) throws {
    let lines = try Transcript(file: file).lines
    for (line, answer) in zip(lines, lines.dropFirst()) {
      guard let stated = line.refused else { continue }
      guard case .refused(let id, let error) = SignalingCodec.decode(line.text) else {
        Issue.record("\(file):\(line.number): not refused")
        continue
      }
      #expect(stated == ["id": id.map { .integer($0.value) } ?? .null, "kind": .string(error.kind.rawValue)])
      let written = try JSONParser.parse(SignalingCodec.encode(.error(id, error)))
      #expect(written == answer.message, "\(file):\(line.number): \(written.text)")
    }
  }

  @Test("what the server sends decodes, and encodes to what it was", arguments: files)
  func server(file: String) throws {
    var methods: [RequestID: Method] = [:]
    for line in try Transcript(file: file).lines {
      if line.isFromClient {
        if case .request(let request) = SignalingCodec.decode(line.text) { methods[request.id] = request.call.method }
        continue
      }
      let message = try #require(line.message)
      let method = message["id"]?.integer.flatMap { methods[RequestID($0)] }
      do {
        let read = try ServerMessageReader.read(message, answering: method)
        #expect(try JSONParser.parse(SignalingCodec.encode(read)) == message, "\(file):\(line.number)")
      } catch {
        Issue.record("\(file):\(line.number): \(error)")
      }
    }
  }

  @Test("seq grows by one in each session of a connection, and session.closed is the last word", arguments: files)
  func sequence(file: String) throws {
    struct Place: Hashable {
      let connection: Int64
      let session: String
    }
    var last: [Place: Int64] = [:]
    var closed: Set<Place> = []
    var resumed: [Int64: Place] = [:]
    // What was asked before the end and is not answered.
    var asked: [Int64: Place] = [:]
    for line in try Transcript(file: file).lines {
      let id = line.message?["id"]?.integer
      if let seq = line.message?["result"]?["resync"]?["seq"]?.integer, let id, let place = resumed[id] {
        last[place] = seq
      }
      if !line.isFromClient, let id, let place = asked.removeValue(forKey: id) {
        #expect(!closed.contains(place), "\(file):\(line.number): answered after the end")
      }
      guard let params = line.message?["params"], let session = params["session"]?.string else { continue }
      let place = Place(connection: line.connection, session: session)
      if line.isFromClient {
        if let id, line.message?["method"] != "session.resume", !closed.contains(place) { asked[id] = place }
        guard line.message?["method"] == "session.resume", let id else { continue }
        resumed[id] = place
        last[place] = params["lastSeq"]?.integer
        continue
      }
      #expect(params["seq"]?.integer == last[place, default: 0] + 1, "\(file):\(line.number)")
      #expect(!closed.contains(place), "\(file):\(line.number)")
      last[place, default: 0] += 1
      if line.message?["method"] == "session.closed" { closed.insert(place) }
    }
  }

  @Test("the action of session.closed is the one that the registry gives", arguments: files)
  func actions(file: String) throws {
    for line in try Transcript(file: file).lines where line.message?["method"] == "session.closed" {
      let params = try #require(line.message?["params"])
      let reason = try #require(params["reason"]?.string.flatMap(CloseReason.init(rawValue:)))
      #expect(params["action"]?.string == reason.action.rawValue)
    }
  }

  /// An empty candidate reads as the end of candidates, so it is written as `null`.
  private static func isEmptyCandidate(_ message: JSONValue?) -> Bool {
    message?["params"]?["candidate"]?["candidate"] == ""
  }
}
