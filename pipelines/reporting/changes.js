"use strict";
(() => {
  const root = document.documentElement;
  const remembered = () => { try { return localStorage.getItem("xuanpin-language"); } catch { return null; } };
  const remember = (language) => { try { localStorage.setItem("xuanpin-language", language); } catch { return; } };
  const usual = navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
  root.lang = ["zh-CN", "en"].includes(remembered()) ? remembered() : usual;
  document.getElementById("language").addEventListener("click", () => {
    root.lang = root.lang === "zh-CN" ? "en" : "zh-CN";
    remember(root.lang);
  });
})();
