// Writes what the server says.
import StrictJSON

extension SignalingCodec {
  /// Room for most messages, so that it is asked for once.
  private static let usualBytes = 160

  /// Writes one message as compact JSON in UTF-8, ready to be one WebSocket text message.
  public static func encode(_ message: ServerMessage) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(usualBytes)
    bytes.append(contentsOf: #"{"jsonrpc":"2.0","#.utf8)
    switch message {
    case .result(let id, let result, let providerMs):
      bytes.append(contentsOf: #""id":"#.utf8)
      JSONValue.integer(id.value).write(to: &bytes)
      bytes.append(contentsOf: #","result":"#.utf8)
      var object = result.json
      if let providerMs { object["providerMs"] = .integer(providerMs) }
      JSONValue.object(object).write(to: &bytes)
    case .error(let id, let error):
      bytes.append(contentsOf: #""id":"#.utf8)
      (id.map { JSONValue.integer($0.value) } ?? .null).write(to: &bytes)
      bytes.append(contentsOf: #","error":"#.utf8)
      error.json.write(to: &bytes)
    case .notification(let notification):
      bytes.append(contentsOf: #""method":""#.utf8)
      bytes.append(contentsOf: notification.method.rawValue.utf8)
      bytes.append(contentsOf: #"","params":"#.utf8)
      JSONValue.object(notification.params).write(to: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }
}
