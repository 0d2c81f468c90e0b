// What must hold of every input; `Tests/Fuzz/run` compiles this file into its fuzzer too.
import Signaling
import StrictJSON

/// The properties that the fuzzers look for a counterexample of. Each traps or throws when one is found.
enum FuzzProperties {
  struct Broken: Error { let what: String }

  /// Decoding ends, what is refused can be answered, and a request is the same after it was written and read again.
  static func message(_ bytes: [UInt8]) throws {
    switch SignalingCodec.decode(bytes) {
    case .refused(let id, let error):
      guard error.message.utf8.count < 400 else { throw Broken(what: "an error as long as its message") }
      let answer = try JSONParser.parse(SignalingCodec.encode(.error(id, error)))
      guard try ServerMessageReader.read(answer, answering: nil) == .error(id, error) else {
        throw Broken(what: "an error changed on its way")
      }
    case .request(let request):
      guard SignalingCodec.decode(request.json.serialized) == .request(request) else {
        throw Broken(what: "a request changed on its way")
      }
    }
  }

  /// The inspector ends, its counts are within their bounds, and what is an answer is an offer too.
  static func sdp(_ bytes: [UInt8]) throws {
    let text = String(decoding: bytes, as: UTF8.self)
    _ = try? CandidateAttribute(of: text)
    let offer = try? SDPSummary(of: text, as: .offer)
    guard let answer = try? SDPSummary(of: text, as: .answer) else { return }
    guard answer == offer else { throw Broken(what: "an answer that is no offer") }
    guard (1...SDPSummary.maximumSections).contains(answer.mediaSections),
      answer.codecs.count <= SDPSummary.maximumCodecs,
      answer.rejectedSections <= answer.mediaSections, answer.description.utf8.count < 4096
    else { throw Broken(what: "a count beyond its bound") }
  }
}
