// aws-jwt-verify as the other end of benchmarks/peers/process.py: node peer.cjs <folder with node_modules>
//
// Its synchronous verifier with the key set in its cache, as in a warm Lambda function. It verifies RS and ES signatures
// (and EdDSA) and has no HMAC and no RSASSA-PSS.
"use strict";

const path = require("node:path");
const readline = require("node:readline");

const library = path.join(process.argv[2], "node_modules", "aws-jwt-verify");
const { JwtVerifier } = require(library);
const { version } = require(path.join(library, "package.json"));

const SUPPORTED = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"];

const verifiers = {};
let setting;

function prepare(given) {
  setting = given;
  const algorithms = Object.keys(given.jwks).filter((name) => SUPPORTED.includes(name));
  for (const algorithm of algorithms) {
    verifiers[algorithm] = JwtVerifier.create({
      issuer: given.issuer,
      audience: given.audience,
      jwksUri: "https://issuer.example/keys",
    });
    verifiers[algorithm].cacheJwks(given.jwks[algorithm]);
  }
  return { version, algorithms };
}

function measure({ algorithm, calls }) {
  const verifier = verifiers[algorithm];
  const token = setting.tokens[algorithm];
  const computing = process.cpuUsage();
  const elapsed = process.hrtime.bigint();
  for (let call = 0; call < calls; call += 1) {
    verifier.verifySync(token);
  }
  const nanoseconds = Number(process.hrtime.bigint() - elapsed);
  const { user, system } = process.cpuUsage(computing);
  return [nanoseconds, (user + system) * 1000];
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const asked = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(setting === undefined ? prepare(asked) : measure(asked))}\n`);
});
