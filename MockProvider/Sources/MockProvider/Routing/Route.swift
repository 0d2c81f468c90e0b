// One method and path that the mock knows.

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
