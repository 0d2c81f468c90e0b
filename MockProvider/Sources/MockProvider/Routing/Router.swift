// Finds the call that a request means, and the nearest one when it means none.
import Basics
import Wire

/// All routes of both vendors.
enum Router {
  /// The longest path that is looked at, in bytes.
  static let maximumPathBytes = 2048

  static let routes: [Route] =
    ["/talks", "/clips", "/agents/:agent"].flatMap { prefix in
      [
        Route(.didCreate, "POST", "\(prefix)/streams"), Route(.didSDP, "POST", "\(prefix)/streams/:id/sdp"),
        Route(.didIce, "POST", "\(prefix)/streams/:id/ice"), Route(.didSpeak, "POST", "\(prefix)/streams/:id"),
        Route(.didDelete, "DELETE", "\(prefix)/streams/:id"),
      ]
    } + agents + [
      Route(.heyGenNew, "POST", "/v1/streaming.new"), Route(.heyGenStart, "POST", "/v1/streaming.start"),
      Route(.heyGenIce, "POST", "/v1/streaming.ice"), Route(.heyGenTask, "POST", "/v1/streaming.task"),
      Route(.heyGenInterrupt, "POST", "/v1/streaming.interrupt"), Route(.heyGenStop, "POST", "/v1/streaming.stop"),
      Route(.heyGenKeepAlive, "POST", "/v1/streaming.keep_alive"), Route(.heyGenList, "GET", "/v1/streaming.list"),
      Route(.heyGenListV2, "GET", "/v2/streaming.list"),
      Route(.heyGenCreateToken, "POST", "/v1/streaming.create_token"),
      Route(.heyGenAvatarList, "GET", "/v1/streaming/avatar.list"),
      Route(.heyGenStartListening, "POST", "/v1/streaming.start_listening"),
      Route(.heyGenStopListening, "POST", "/v1/streaming.stop_listening"),
    ]

  /// What D-ID's client SDK calls beside streams (de-id/agents-sdk, src/api/agents.ts and streamsApiV2.ts).
  private static let agents = [
    Route(.didGetAgent, "GET", "/agents/:agent"), Route(.didGetAgent, "GET", "/agents/:agent/runtime"),
    Route(.didGetSpeechToken, "GET", "/agents/:agent/stt-token"), Route(.didCreateClientKey, "POST", "/agents/client-key"),
    Route(.didNewChat, "POST", "/agents/:agent/chat"), Route(.didChat, "POST", "/agents/:agent/chat/:chat"),
    Route(.didCreateRating, "POST", "/agents/:agent/chat/:chat/ratings"),
    Route(.didUpdateRating, "PATCH", "/agents/:agent/chat/:chat/ratings/:rating"),
    Route(.didDeleteRating, "DELETE", "/agents/:agent/chat/:chat/ratings/:rating"),
    Route(.didSubmitFeedback, "POST", "/agents/:agent/chat/:chat/feedback"),
    Route(.didOpenRoom, "POST", "/v2/agents/:agent/sessions"),
  ]

  /// The decoded segments of a path; nil when it is too long, not absolute, or not percent-encoded UTF-8.
  static func segments(of path: String) -> [String]? {
    guard path.hasPrefix("/"), path.utf8.count <= maximumPathBytes else { return nil }
    var segments: [String] = []
    for part in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      guard let decoded = PercentEncoding.decode(part) else { return nil }
      segments.append(decoded)
    }
    return segments
  }

  /// The route and its values, or nil.
  static func match(method: String, path: String) -> (route: Route, values: [String: String])? {
    guard let segments = segments(of: path) else { return nil }
    for route in routes where route.method == method {
      if let values = route.match(segments) { return (route, values) }
    }
    return nil
  }

  /// The route that is most like the request: for a developer who mistyped one.
  static func nearest(method: String, path: String) -> Route? {
    guard let segments = segments(of: String(path.prefix(256))) else { return nil }
    return routes.min { distance($0, method, segments) < distance($1, method, segments) }
  }

  /// How many edits turn the request into the route; a colon segment takes on what was sent in its place.
  private static func distance(_ route: Route, _ method: String, _ path: [String]) -> Int {
    let known = route.segments.enumerated().map { index, segment in
      segment.hasPrefix(":") ? (index < path.count ? path[index] : "") : segment
    }
    return EditDistance.between(known.joined(separator: "/"), path.joined(separator: "/"))
      + (route.method == method ? 0 : 1)
  }
}

/// A route of a vendor's API.
struct Route {
  let call: CallName
  let method: String
  /// Segments of the path; one that begins with a colon stands for anything but nothing.
  let segments: [String]

  init(_ call: CallName, _ method: String, _ path: String) {
    self.call = call
    self.method = method
    segments = path.split(separator: "/").map(String.init)
  }

  /// As `POST /talks/streams/:id`.
  var template: String { "\(method) /" + segments.joined(separator: "/") }

  /// The values of the colon segments when the path is of this form.
  func match(_ path: [String]) -> [String: String]? {
    guard path.count == segments.count else { return nil }
    var values: [String: String] = [:]
    for (segment, part) in zip(segments, path) {
      if segment.hasPrefix(":"), !part.isEmpty {
        values[String(segment.dropFirst())] = part
      } else if segment != part {
        return nil
      }
    }
    return values
  }
}

/// Every call that the mock answers.
public enum CallName: String, Sendable, CaseIterable {
  case didCreate = "did.create"
  case didSDP = "did.sdp"
  case didIce = "did.ice"
  case didSpeak = "did.speak"
  case didDelete = "did.delete"
  /// Parts of what is said as it is written; on the WebSocket only.
  case didStreamText = "did.streamText"
  case didStreamAudio = "did.streamAudio"
  case didGetAgent = "did.getAgent"
  case didNewChat = "did.newChat"
  case didChat = "did.chat"
  case didCreateRating = "did.createRating"
  case didUpdateRating = "did.updateRating"
  case didDeleteRating = "did.deleteRating"
  case didSubmitFeedback = "did.submitFeedback"
  case didGetSpeechToken = "did.getSpeechToken"
  case didCreateClientKey = "did.createClientKey"
  /// An expressive agent's session in a room of LiveKit's.
  case didOpenRoom = "did.openRoom"
  case heyGenNew = "heygen.new"
  case heyGenStart = "heygen.start"
  case heyGenIce = "heygen.ice"
  case heyGenTask = "heygen.task"
  case heyGenInterrupt = "heygen.interrupt"
  case heyGenStop = "heygen.stop"
  case heyGenKeepAlive = "heygen.keepAlive"
  case heyGenList = "heygen.list"
  case heyGenListV2 = "heygen.listV2"
  case heyGenCreateToken = "heygen.createToken"
  case heyGenAvatarList = "heygen.avatarList"
  case heyGenStartListening = "heygen.startListening"
  case heyGenStopListening = "heygen.stopListening"

  var vendor: Vendor { rawValue.hasPrefix("did.") ? .did : .heygen }
}

/// A vendor, by the name that ids, calls and the control surface use.
enum Vendor: String, CaseIterable {
  case did
  case heygen
}
