// What the program says on standard output once it serves.
import Foundation
import RelayServer
import StrictJSON

/// The addresses of a running relay: a sentence on a terminal, one JSON object otherwise.
struct ReadyLine {
  private var addresses: JSONObject = ["event": "ready"]

  init(server: RelayServer, configuration: RelayConfiguration, mock: String? = nil) {
    switch (configuration.listener.address, server.port) {
    case (.tcp(let host, _), let port?):
      let authority = "\(host.contains(":") ? "[\(host)]" : host):\(port)"
      let secure = configuration.listener.tls == nil ? "" : "s"
      let path = configuration.webRoot == nil ? "/" : "/console/"
      addresses["url"] = .string("http\(secure)://\(authority)\(path)")
      addresses["signaling"] = .string("ws\(secure)://\(authority)/v1/signaling")
    case (.unix(let path), _): addresses["unix"] = .string(path)
    case (.tcp, nil): break
    }
    if let mock { addresses["mock"] = .string(mock) }
  }

  func write() {
    guard isatty(STDOUT_FILENO) == 1, let url = addresses["url"]?.string else {
      return FileHandle.standardOutput.write(Data((JSONValue.object(addresses).text + "\n").utf8))
    }
    let mock = addresses["mock"]?.string.map { "\n  mock provider  \($0)/__admin/sessions" } ?? ""
    let text = "\n  Open  \(url)\n  signaling      \(addresses["signaling"]?.string ?? "")\(mock)\n  Ctrl-C ends it.\n\n"
    FileHandle.standardOutput.write(Data(text.utf8))
  }
}
