// Reads the result of session.open, for tests.
import SessionValues
import Signaling
import StrictJSON

extension ServerMessageReader {
  static func openedSession(_ object: JSONObjectReader) throws -> OpenedSession {
    var reader = object
    var capabilities = try reader.object("capabilities")
    let trickle = try capabilities.bool("trickle")
    let session = OpenedSession(
      session: SessionID(rawValue: try reader.string("session", bytes: 22...22)),
      secret: ResumeSecret(value: try reader.string("secret", bytes: 43...43)),
      provider: try reader.string("provider"), grant: try grant(from: &reader),
      dataChannel: try dataChannel(from: &reader), limits: try limits(try reader.object("limits")),
      capabilities: try self.capabilities(capabilities), trickle: trickle)
    try reader.finish()
    return session
  }

  static func description(_ name: String, in reader: inout JSONObjectReader) throws -> SessionDescription {
    var object = try reader.object(name)
    let read = SessionDescription(
      kind: try object.choice("type", of: SessionDescription.Kind.self), sdp: try object.string("sdp"))
    try object.finish()
    return read
  }

  private static func grant(from reader: inout JSONObjectReader) throws -> MediaGrant {
    if var room = try reader.optionalObject("room") {
      let grant = MediaGrant.room(url: try room.string("url"), token: try room.string("token"))
      try room.finish()
      return grant
    }
    guard let servers = try reader.optionalArray("iceServers") else {
      throw Unreadable(why: "neither room nor iceServers")
    }
    let iceServers = try servers.map(iceServer)
    guard reader.optionalValue("offer") != nil else { return .awaitsOffer(iceServers: iceServers) }
    return .offer(try description("offer", in: &reader), iceServers: iceServers)
  }

  private static func iceServer(_ value: JSONValue) throws -> IceServer {
    var reader = try JSONObjectReader(value)
    let urls = try reader.optionalArray("urls")?.compactMap(\.string) ?? []
    let server = IceServer(
      urls: urls, username: try reader.optionalString("username"), credential: try reader.optionalString("credential"))
    try reader.finish()
    return server
  }

  private static func dataChannel(from reader: inout JSONObjectReader) throws -> DataChannel? {
    guard var object = try reader.optionalObject("dataChannel") else { return nil }
    guard let opener = DataChannel.Opener(rawValue: try object.string("openedBy")),
      let frames = DataChannel.Frames(rawValue: try object.string("frames"))
    else { throw Unreadable(why: "dataChannel") }
    let channel = DataChannel(openedBy: opener, label: try object.optionalString("label"), frames: frames)
    try object.finish()
    return channel
  }

  private static func limits(_ object: JSONObjectReader) throws -> OpenedSession.Limits {
    var reader = object
    var text = try reader.object("text")
    guard let unit = TextLength.Unit(rawValue: try text.string("unit")) else { throw Unreadable(why: "unit") }
    let length = TextLength(unit, Int(try text.integer("min"))...Int(try text.integer("max")))
    try text.finish()
    let limits = OpenedSession.Limits(
      idleMs: try reader.optionalInteger("idleMs"), lifetimeMs: try reader.optionalInteger("lifetimeMs"),
      graceMs: try reader.integer("graceMs"), text: length)
    guard try reader.integer("maxTextBytes") == length.maximumBytes else { throw Unreadable(why: "maxTextBytes") }
    try reader.finish()
    return limits
  }

  private static func capabilities(_ object: JSONObjectReader) throws -> SessionCapabilities {
    var reader = object
    guard let interrupt = SessionCapabilities.Interrupt(rawValue: try reader.string("interrupt")),
      let parts = SessionCapabilities.Parts(rawValue: try reader.string("parts"))
    else { throw Unreadable(why: "interrupt or parts") }
    let capabilities = SessionCapabilities(
      interrupt: interrupt, parts: parts, extend: try reader.bool("extend"), ssml: try reader.bool("ssml"),
      audio: try reader.bool("audio"))
    try reader.finish()
    return capabilities
  }
}
