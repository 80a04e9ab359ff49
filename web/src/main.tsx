import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/shell.css";
import "./styles/entry.css";
import "./styles/month.css";
import "./styles/agenda.css";
import "./styles/settings.css";
import "./styles/card.css";
import { render } from "preact";
import { App } from "./App";

const root = document.getElementById("app");
if (root) render(<App />, root);
